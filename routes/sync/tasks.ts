import type { Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { idFrom, type TaskId } from '../../src/ids.ts'
import type { Things } from '../../src/sync/run-operations.ts'
import { blankTask, changedTask, changesNothing } from '../../src/tasks/task.ts'
import type { FoundTask, TaskStep } from '../../src/tasks/task-steps.ts'
import type { TaskStore } from '../../src/tasks/task-store.ts'
import { NewTask, Task, TaskChange } from '../tasks/schemas.ts'
import { digestOfSubmission } from '../writing.ts'
import { parser, statesIn, withoutId } from './values.ts'

const NewValue = withoutId(Task, NewTask)
const parseNew = parser(NewValue)
const parseChange = parser(TaskChange)

/** The fields, and the digests of the submission: of version 0.1 with the space in it that validation takes away. */
interface Value {
  body: Static<typeof NewValue>
  digests: readonly string[]
}

/** The value of an operation on a task. */
export function parseTask(op: 'create' | 'update', value: unknown): object {
  if (op === 'update') return { body: parseChange(value), digests: [] }
  const asSent = { ...(value as object) }
  const body = parseNew(value)
  return { body, digests: [digestOfSubmission(body), digestOfSubmission(asSent)] }
}

/** Tasks, as operations see them. */
export function taskThings(store: TaskStore, request: FastifyRequest): Things<FoundTask, TaskStep, Value> {
  const { user } = request.principal
  const now = request.server.now()
  const { steps, deletions } = store

  return {
    load: async ids =>
      statesIn(...(await Promise.all([store.findAll(user.id, ids), deletions.findAll(user.id, ids, now)]))),
    digestsOf: ({ digests }) => digests,
    create(id, { body, digests }) {
      const fields = changedTask(blankTask, body, now)
      return steps.add(user.id, { ...fields, id: idFrom<TaskId>(id), digest: digests[0] as string }, now)
    },
    update(found, { body }) {
      const fields = changedTask(found.task, body, now)
      return changesNothing(found.task, fields) ? undefined : steps.replace(user.id, found, fields, now)
    },
    remove: found => steps.remove(user.id, found, { now, permanently: false }),
    restore: deleted => steps.restore(user.id, deleted, now),
    count: made => ({ write: steps.countWrite(user.id, made), written: () => {} }),
    freeWrites: ids => deletions.freeWrites(user.id, ids),
    shown: ({ task }) => task,
  }
}
