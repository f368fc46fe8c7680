import type { BoundWrite, Database } from '../db/database.ts'

/** A change of stored data that SQL cannot make, because it takes the rules of a domain: made once, at the first start. */
export interface Upgrade {
  /** Never changes: it is how a database knows that it is done. */
  name: string
  /**
   * Prepares its statements.
   * @returns what makes its steps.
   */
  steps(database: Database): NextStep
}

/**
 * The next part of an upgrade, so small that it is no burden on memory or locks.
 * @param after the position that the last step ended with, empty at the beginning.
 */
export type NextStep = (after: string) => Promise<Step>

export interface Step {
  /** Written in one batch with the position. */
  writes: readonly BoundWrite<unknown>[]
  /** Where the next step goes on; undefined after the last one. */
  position: string | undefined
}
