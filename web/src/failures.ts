import { ApiProblem, NoAnswer, SignedOut } from '../../client/src/problem.ts'
import { sentence } from './format.ts'
import { app } from './texts.ts'

/** What may go wrong with any request. Errors of the program are none of it, and are thrown on. */

/** A sentence for people about what went wrong with a request. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiProblem) return sentence(error.message)
  if (isUnreached(error)) return app.noAnswer
  throw error
}

/** Whether the server was not reached, or not by somebody whom it knows: both pass. */
export const isUnreached = (error: unknown): boolean => error instanceof NoAnswer || error instanceof SignedOut

/** Passes over a failure that shows elsewhere, or that nobody has to know of. */
export function passOver(error: unknown): void {
  if (!(error instanceof ApiProblem || isUnreached(error))) throw error
}
