import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import {
  type Carried,
  type Change,
  type Outline,
  outlineAfter,
  undoing,
  type VersionedHistory,
  type VersionedOutline,
} from '../../src/moods/outline.ts'
import type { MoodContext } from './context.ts'

/** The history of the user who sends a request: as of a version, around a write, and of the same version as other reads. */

/** How a request gets the user's history, at least as new as a version. */
type Load<H> = (context: MoodContext, request: FastifyRequest, version: number) => Promise<H>

/**
 * The user's history.
 * @throws {ApiError} when the account was deleted since the request was let in.
 */
export const userHistory: Load<VersionedOutline> = async ({ histories }, { principal }, version) =>
  existing(await histories.at(principal.user.id, version, principal.settings))

/** The same with its days, which takes a read of them. */
export const historyWithDays: Load<VersionedHistory> = async ({ histories }, { principal }, version) =>
  existing(await histories.withDaysAt(principal.user.id, version))

/** What a write did to the history; nothing where it changed nothing. */
export interface Effect {
  change?: Change | undefined
  /** The history that was written with it. */
  carried?: Carried | undefined
}

/** The user's history before a write and after it. What had to be derived has its days, and tells what was before. */
export async function aroundWrite(
  context: MoodContext,
  request: FastifyRequest,
  version: number,
  { change, carried }: Effect,
): Promise<{ before: Outline; after: Outline }> {
  const after = await userHistory(context, request, version)
  if (!change) return { before: after, after }
  if (carried?.from === after.version - 1) return { before: carried.before, after }
  const undone = await withChange(context, request, after, undoing(change))
  return { before: undone.to, after: undone.from }
}

/** The user's history as it is, and as a write would leave it. */
export async function aroundRehearsal(context: MoodContext, request: FastifyRequest, { change }: Effect) {
  const before = await userHistory(context, request, request.principal.settings.moodVersion)
  if (!change) return { before, after: before }
  const { from, to } = await withChange(context, request, before, change)
  return { before: from, after: to }
}

/** A history, and the same after a change. Where its days have to be read, both are of what was read: it may be newer. */
async function withChange(
  context: MoodContext,
  request: FastifyRequest,
  history: VersionedOutline,
  change: Change,
): Promise<{ from: Outline; to: Outline }> {
  const known = outlineAfter(history, change)
  if (known) return { from: history, to: known }
  // With its days it is known after any change.
  const read = await historyWithDays(context, request, history.version)
  return { from: read, to: outlineAfter(read, change) as Outline }
}

function existing<H>(history: H | undefined): H {
  if (!history) throw new ApiError('authentication_required')
  return history
}

/** The result, and the version of the moods it was read at; undefined when unknown. */
export interface Read<T> {
  value: T
  version: number | undefined
}

/** Attempts at a consistent read: each one fails only if a write came within some milliseconds. */
const maxAttempts = 40

/**
 * Reads something and a consistent history. The two are read one after the other, and another device may write in
 * between; then both are read again.
 * @param load which part of the history.
 */
export async function readWithHistory<T, H extends VersionedOutline>(
  context: MoodContext,
  request: FastifyRequest,
  load: Load<H>,
  read: (history: H) => Promise<Read<T>>,
): Promise<{ history: H; value: T }> {
  let wanted = request.principal.settings.moodVersion
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const history = await load(context, request, wanted)
    const { value, version = history.version } = await read(history)
    if (version === history.version) return { history, value }
    wanted = version
  }
  throw changingTooFast()
}

/** The answer when writes have overtaken every attempt at a read. */
export const changingTooFast = () =>
  new ApiError('unavailable', 'Your moods are changing too fast to be read. Try again in a moment.', {
    retryAfterMs: 1_000,
  })
