import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { defaultTimezone } from '../../src/moods/dating.ts'
import { describeStreak, viewpoint } from '../../src/moods/streak-details.ts'
import { type Cursor, readCursor, writeCursor } from '../../src/sync/cursor.ts'
import type { changeFeed } from '../../src/sync/feed.ts'
import type { SyncState, versionReader } from '../../src/sync/versions.ts'
import { type Scope, type SyncedKind, syncedKinds } from '../../src/vocabulary.ts'
import { type MoodContext, submitterOf } from '../mood/context.ts'
import { SyncHead } from './schemas.ts'

/** Shared by the routes of syncing. */
export interface SyncContext extends MoodContext {
  readState: ReturnType<typeof versionReader>
  readFeed: ReturnType<typeof changeFeed>
}

/** The scopes for reading each kind. */
export const readScopes = {
  mood: 'mood:read',
  task: 'tasks:read',
  practice: 'practices:read',
  sequence: 'sequences:read',
} as const satisfies Record<SyncedKind, Scope>

/**
 * The kinds that a request asks for.
 * @param asked all that its sender may read, if absent.
 * @throws {ApiError} `insufficient_scope`.
 */
export function kindsFor(request: FastifyRequest, asked: readonly SyncedKind[] | undefined): readonly SyncedKind[] {
  if (!asked) return syncedKinds.filter(kind => request.mayRead(readScopes[kind]))
  const closed = asked.find(kind => !request.mayRead(readScopes[kind]))
  if (closed === undefined) return asked
  const neededScope = readScopes[closed]
  throw new ApiError('insufficient_scope', `To sync this kind, a token needs the scope ${neededScope}.`, {
    neededScope,
  })
}

/**
 * What a device knows already: nothing without a cursor.
 * @throws {ApiError} `invalid_request` for what is no cursor; `cursor_expired` for one of another epoch or person, ahead
 *   of the server, or older than tombstones are kept.
 */
export function positionsIn(
  { principal, server }: FastifyRequest,
  text: string | null | undefined,
  { epoch, versions }: SyncState,
  kinds: readonly SyncedKind[],
): Cursor['positions'] {
  if (text === undefined || text === null) return {}
  const cursor = readCursor(text)
  if (cursor === undefined) throw new ApiError('invalid_request', 'cursor must be that of an earlier answer, or absent')
  if (cursor === 'expired' || cursor.epoch !== epoch || cursor.userId !== principal.user.id) throw expired()
  const oldest = (server.now() - maxAgeMs) / 1000
  for (const kind of syncedKinds) {
    const position = cursor.positions[kind]
    if (!position) continue
    const isAhead = Math.max(position.version, position.start) > versions[kind]
    if (isAhead || (kinds.includes(kind) && position.at < oldest)) throw expired()
  }
  return cursor.positions
}

/** Tombstones are kept for 180 days from the time at which a deletion was asked for, an hour before it is done at most. */
const maxAgeMs = (180 * 24 - 1) * 3_600_000

function expired() {
  return new ApiError('cursor_expired', 'Start over without a cursor.')
}

/** What an answer is made of. */
interface Asked {
  /** The cursor that was sent. */
  cursor: string | null | undefined
  kinds: readonly SyncedKind[]
  limit: number
  results: object[]
}

/**
 * Answers with the changes behind a cursor, and with the streak as it is by them.
 * @throws {ApiError} when the account was deleted since the request was let in.
 */
export async function answerWithChanges(
  context: SyncContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { cursor, kinds, limit, results }: Asked,
) {
  const { id: userId } = request.principal.user
  const now = request.server.now()
  const state = await stateOf(context, request)
  const from = positionsIn(request, cursor, state, kinds)
  const { changes, positions, hasMore } = await context.readFeed({
    userId,
    from,
    kinds,
    limit,
    versions: state.versions,
    now,
  })
  const head = {
    results,
    cursor: kinds.length === 0 && cursor ? cursor : writeCursor({ epoch: state.epoch, userId, positions }),
    has_more: hasMore,
    ...settingsIn(request, state),
    ...(await streakIn(context, request, state)),
  }
  const text = reply.compileSerializationSchema(SyncHead)(head as never)
  return reply.type('application/json; charset=utf-8').send(`${text.slice(0, -1)},"changes":[${changes.join()}]}`)
}

/** @throws {ApiError} when the account was deleted since the request was let in. */
export async function stateOf({ readState }: SyncContext, { principal }: FastifyRequest): Promise<SyncState> {
  const state = await readState(principal.user.id)
  if (!state) throw new ApiError('authentication_required')
  return state
}

const mayKnow = ({ principal: { scopes } }: FastifyRequest, ...any: Scope[]) =>
  scopes === undefined || any.some(scope => scopes.includes(scope))

/** The settings, for whom they are shown to elsewhere too. */
function settingsIn(request: FastifyRequest, { settings }: SyncState) {
  if (!mayKnow(request, 'mood:read', 'mood:write', 'profile:read')) return {}
  const { timezone, dayStartsAt, moodMin: min, moodMax: max } = settings
  return {
    settings: { timezone: timezone ?? defaultTimezone, day_starts_at: dayStartsAt, mood_scale: { min, max } },
  }
}

/** The streak, for whom it is shown to elsewhere too. */
async function streakIn({ histories }: SyncContext, request: FastifyRequest, { versions, settings }: SyncState) {
  if (!mayKnow(request, 'mood:read', 'mood:write')) return {}
  const history = await histories.at(request.principal.user.id, versions.mood, settings)
  if (!history) throw new ApiError('authentication_required')
  const { zone, now } = submitterOf(request)
  const { timezone, dayStartsAt } = settings
  return describeStreak(history, viewpoint(zone, { timezone: timezone ?? undefined, dayStartsAt }, undefined, now))
}
