import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { answerFor } from '../../src/http/problem-details.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom } from '../../src/ids.ts'
import { inTurns, turnTaker } from '../../src/streaming/turns.ts'
import { operationStore } from '../../src/sync/operations.ts'
import { type Asked, type Outcome, refusalOf, runOperations } from '../../src/sync/run-operations.ts'
import type { TaskStore } from '../../src/tasks/task-store.ts'
import type { Scope, WritableKind } from '../../src/vocabulary.ts'
import { TimezoneHeader } from '../mood/schemas.ts'
import { guarded, problems, signedIn, withBody } from '../wire.ts'
import type { YogaContext } from '../yoga/context.ts'
import { answerWithChanges, kindsFor, positionsIn, readScopes, type SyncContext, stateOf } from './context.ts'
import { moodThings, parseMood } from './moods.ts'
import { parsePractice, practiceThings } from './practices.ts'
import { defaultLimit, SyncAnswer, SyncRequest } from './schemas.ts'
import { parseTask, taskThings } from './tasks.ts'
import { checkPresence, checkText } from './values.ts'

const bodyLimit = 4 * 1024 * 1024
/** Operations that are parsed at a time: one in a zone that nobody has asked for of late takes a tenth of a millisecond. */
const operationsPerTurn = 50

const writeScopes = {
  mood: 'mood:write',
  task: 'tasks:write',
  practice: 'practices:write',
} as const satisfies Record<WritableKind, Scope>

const parsers = { mood: parseMood, task: parseTask, practice: parsePractice }

type Sent = Static<typeof SyncRequest>['operations'] & {}

interface WriteContext extends SyncContext {
  tasks: TaskStore
  library: Pick<YogaContext, 'practices' | 'readableSequence'>
}

/** `POST /sync`: what a device did, and what it does not know. */
const write: FastifyPluginAsyncTypebox<WriteContext> = async (app, context) => {
  const operations = operationStore(app.database)
  const turn = turnTaker()

  app.post(
    '/sync',
    {
      onRequest: app.requires(
        readScopes.mood,
        readScopes.task,
        readScopes.practice,
        readScopes.sequence,
        writeScopes.mood,
        writeScopes.task,
        writeScopes.practice,
      ),
      bodyLimit,
      config: { compress: 'private', withoutOwnTexts: withoutValues },
      schema: {
        tags: ['sync'],
        operationId: 'syncChanges',
        summary: 'Send operations and get what changed',
        description:
          'Operations are applied in order; each succeeds or fails on its own and can be resent safely. The changes are those since the cursor, including by this request; while `has_more` is true, ask again with the new cursor. After 410 `cursor_expired` nothing was applied: send it again without a cursor. After 413 send fewer.',
        security: signedIn,
        headers: TimezoneHeader,
        body: SyncRequest,
        response: {
          200: ref(SyncAnswer, 'The results and the changes.'),
          ...problems(...guarded, ...withBody, 'cursor_expired', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { cursor, kinds: named, operations: sent = [], limit = defaultLimit } = request.body
      const kinds = kindsFor(request, named)
      // Before anything is done: who has to start over learns nothing of what became of it.
      positionsIn(request, cursor, await stateOf(context, request), kinds)
      const outcomes = await runOperations(
        {
          userId: request.principal.user.id,
          kinds: {
            mood: moodThings(context, request),
            task: taskThings(context.tasks, request),
            practice: practiceThings(context.library, request),
          },
          operations,
          quotas: app.quotas,
          commit: request.commit,
          inTurn: reply.inTurn.bind(reply),
          now: app.now(),
        },
        await inTurns(askedIn(request, sent), turn),
      )
      const results = sent.map((one, i) => resultOf(request, one, outcomes[i] as Outcome))
      return answerWithChanges(context, request, reply, { cursor, kinds, limit, results })
    },
  )
}
export default write

/** A body, not yet validated, without what is checked for each operation by itself. */
function withoutValues(body: unknown): unknown {
  const operations = (body as { operations?: unknown } | null | undefined)?.operations
  if (!Array.isArray(operations)) return body
  return { ...(body as object), operations: operations.map(withoutValue) }
}

const withoutValue = (one: unknown) =>
  typeof one === 'object' && !Array.isArray(one) ? { ...one, value: undefined } : one

/** Operations as they are asked for, some at a time. */
function* askedIn(request: FastifyRequest, sent: Sent): Generator<void, Asked[], void> {
  const asked: Asked[] = []
  for (const one of sent) {
    if (asked.length > 0 && asked.length % operationsPerTurn === 0) yield
    asked.push(askedBy(request, one))
  }
  return asked
}

/** An operation as it is asked for, or why it cannot be done. */
function askedBy(request: FastifyRequest, { kind, op, ...sent }: Sent[number]): Asked {
  const id = idFrom(sent.id)
  const operation = {
    op,
    id,
    ...(sent.op_id !== undefined && { op_id: idFrom(sent.op_id) }),
    ...(sent.if_revision !== undefined && { if_revision: sent.if_revision }),
  }
  try {
    if (!request.mayRead(writeScopes[kind])) throw outOfScope(writeScopes[kind])
    checkPresence(op, sent.value)
    checkText(sent.value)
    const value = op === 'create' || op === 'update' ? parsers[kind](op, sent.value) : undefined
    return { kind, operation: { ...operation, value } }
  } catch (error) {
    return { kind, operation: { ...operation, value: undefined }, refusal: refusalOf(error) }
  }
}

function outOfScope(neededScope: Scope) {
  return new ApiError('insufficient_scope', `This needs the scope ${neededScope}.`, { neededScope })
}

/** A result on the wire; without what the sender may not read. */
function resultOf(request: FastifyRequest, { kind, id, op_id }: Sent[number], outcome: Outcome) {
  const { verdict: status, revision, value, error } = outcome
  return {
    id,
    ...(op_id !== undefined && { op_id }),
    status,
    ...(revision !== undefined && { revision }),
    ...(value !== undefined && request.mayRead(readScopes[kind]) && { value }),
    ...(error && { problem: answerFor(error, request.url).body }),
  }
}
