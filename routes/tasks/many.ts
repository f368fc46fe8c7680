import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type TaskId } from '../../src/ids.ts'
import type { TaskStore } from '../../src/tasks/task-store.ts'
import { guarded, problems, signedIn, withBody, withReceipt } from '../wire.ts'
import { DeletedTasks, Deletion, MarkedTasks, MarkedTasksOrReceipt, Marking } from './schemas.ts'

/**
 * Many tasks at once, in one transaction. An id that does not exist (any more), or belongs to someone else, is reported
 * and stops nothing: a phone that comes online with a hundred completed tasks, one of them deleted on another device,
 * must not lose the ninety-nine, nor have to find out which one it was.
 */
const many: FastifyPluginAsyncTypebox<{ store: TaskStore }> = async (app, { store }) => {
  const onMany = { tags: ['tasks'], security: signedIn }
  const bulkErrors = problems(...guarded, ...withBody, 'cross_site_request')

  app.post(
    '/tasks/complete',
    {
      onRequest: app.requires('tasks:write'),
      schema: {
        ...onMany,
        operationId: 'completeTasks',
        summary: 'Complete or reopen tasks',
        description:
          'Atomic. Tasks already in that state stay as they are. Unknown ids are returned in `missing` and do not fail the request, so it is safe to retry.',
        body: Marking,
        response: {
          200: withReceipt(ref(MarkedTasks, 'The tasks found, and the ids not found.'), MarkedTasksOrReceipt),
          ...bulkErrors,
        },
      },
    },
    async (request, reply) => {
      const { ids, completed } = request.body
      const wanted = distinct(ids)
      const tasks = await reply.inTurn(wanted, () =>
        store.mark(request.commit, request.principal.user.id, wanted, completed, app.now()),
      )
      const missing = without(
        wanted,
        tasks.map(({ id }) => id),
      )
      return reply.resourceOrReceipt(
        'tasks:read',
        () => ({ tasks, missing }),
        () => ({ tasks: tasks.map(({ id, revision }) => ({ id, revision })), missing }),
      )
    },
  )

  app.post(
    '/tasks/delete',
    {
      onRequest: app.requires('tasks:write'),
      schema: {
        ...onMany,
        operationId: 'deleteTasks',
        summary: 'Delete tasks',
        description:
          'Atomic. They can be restored for 30 days. Unknown ids are returned in `missing` and do not fail the request, so it is safe to retry.',
        body: Deletion,
        response: {
          200: ref(DeletedTasks, 'The ids deleted, and the ids not found.'),
          ...bulkErrors,
        },
      },
    },
    async ({ commit, principal: { user }, body: { ids } }, reply) => {
      const wanted = distinct(ids)
      const deleted = await reply.inTurn(wanted, () => store.removeAll(commit, user.id, wanted, app.now()))
      return { deleted, missing: without(wanted, deleted) }
    },
  )
}
export default many

function distinct(ids: readonly string[]): TaskId[] {
  return [...new Set(ids.map(id => idFrom<TaskId>(id)))]
}

function without(ids: readonly TaskId[], found: readonly TaskId[]): TaskId[] {
  return ids.filter(id => !found.includes(id))
}
