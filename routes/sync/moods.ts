import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { writes } from '../../src/http/typebox.ts'
import { type EntryId, idFrom } from '../../src/ids.ts'
import type { FoundEntry } from '../../src/moods/entry-row.ts'
import type { EntryStep } from '../../src/moods/entry-steps.ts'
import { changedEntry, changesNothing, newEntry, spelled } from '../../src/moods/submission.ts'
import { parseInstant } from '../../src/moods/written-instant.ts'
import type { Things } from '../../src/sync/run-operations.ts'
import { type MoodContext, submissionOf, submitterOf } from '../mood/context.ts'
import { Entry, MoodChange, NewMood } from '../mood/schemas.ts'
import { digestOfSubmission } from '../writing.ts'
import { parser, statesIn } from './values.ts'

const { id: _, ...newFields } = NewMood.properties
const NewValue = writes(
  Entry,
  Type.Object(
    { ...newFields, logged_at: Type.Optional(Type.String({ format: 'date-time' })) },
    { additionalProperties: false },
  ),
)
const parseNew = parser(NewValue)
const parseChange = parser(MoodChange)

/** How long before it is sent an entry may have been logged, in ms: 14 days. */
const maxOfflineMs = 14 * 86_400_000

type New = Static<typeof NewValue>

/**
 * When an entry was logged, if the device says so.
 * @throws {ApiError} `invalid_request`.
 */
function loggedAtOf({ logged_at: text }: New, now: number): Date | undefined {
  const ms = text === undefined ? undefined : parseInstant(text)?.ms
  if (ms === undefined) return undefined
  if (ms <= now && ms >= now - maxOfflineMs) return new Date(ms)
  throw new ApiError('invalid_request', 'logged_at must be within the 14 days before now')
}

/** The value of an operation on an entry. */
export function parseMood(op: 'create' | 'update', value: unknown): object {
  if (op === 'update') return parseChange(value)
  const body = parseNew(value)
  if (body.date !== undefined || body.occurred_at !== undefined) return body
  throw new ApiError('invalid_request', 'date or occurred_at is required')
}

/** Of the submission, however it came: when it was logged is no part of it. */
function digestsOf({ logged_at: _, ...body }: New): readonly string[] {
  return [digestOfSubmission(spelled(body)), digestOfSubmission(body)]
}

/** Entries, as operations see them. */
export function moodThings(
  { moods, histories }: MoodContext,
  request: FastifyRequest,
): Things<FoundEntry, EntryStep, New> {
  const { user, settings } = request.principal
  const submitter = submitterOf(request)
  const { now } = submitter
  const { steps, deletions } = moods
  const trim = ({ entry, revision }: FoundEntry) =>
    moods.revisions.trim(request.commit, user.id, entry.id, revision).catch(() => {})

  return {
    load: async ids =>
      statesIn(...(await Promise.all([moods.findAll(user.id, ids), deletions.findAll(user.id, ids, now)]))),
    digestsOf,
    create(id, body) {
      const { logged_at: _, ...said } = body
      const submission = { ...submissionOf(said), loggedAt: loggedAtOf(body, now) }
      const digest = digestOfSubmission(spelled(said))
      return steps.add(user.id, { ...newEntry(submission, submitter), id: idFrom<EntryId>(id), digest }, now)
    },
    update(found, body) {
      const fields = changedEntry(found, submissionOf(body), submitter)
      return changesNothing(found, fields) ? undefined : steps.replace(user.id, found, fields, now)
    },
    remove: found => steps.remove(user.id, found, { now, permanently: false }),
    restore: deleted => steps.restore(user.id, deleted, now),
    count(made) {
      const changes = made.map(({ change }) => change)
      const carried = histories.carry(user.id, settings, changes)
      return {
        write: steps.countWrite(user.id, made, carried),
        written(version) {
          histories.apply(user.id, version, changes, carried)
          for (const { state } of made) {
            // Not awaited: what is too much is removed by the next edit, if not now.
            if ('living' in state) void trim(state.living)
          }
        },
      }
    },
    freeWrites: ids => deletions.freeWrites(user.id, ids),
    shown: ({ entry }) => entry,
  }
}
