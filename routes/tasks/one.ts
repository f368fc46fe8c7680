import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type TaskId } from '../../src/ids.ts'
import { changedTask, changesNothing } from '../../src/tasks/task.ts'
import type { RevisedTask } from '../../src/tasks/task-edits.ts'
import type { FoundTask } from '../../src/tasks/task-steps.ts'
import type { TaskStore } from '../../src/tasks/task-store.ts'
import { DeletionQuery, deleteNamed, findToRestore, isDeleted, restoreErrors } from '../deleting.ts'
import { isUnchanged, sendUnchanged } from '../etag.ts'
import { matches } from '../revisions.ts'
import { ById, guarded, NotModified, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { edit } from '../writing.ts'
import { answer, bodyLimit, etagOf } from './answers.ts'
import { IfMatch, Task, TaskChange, TaskOrReceipt } from './schemas.ts'

type OneRequest = FastifyRequest<{ Params: Static<typeof ById> }>

/** One task that there is: read, changed, deleted, restored. */
const one: FastifyPluginAsyncTypebox<{ store: TaskStore }> = async (app, { store }) => {
  const onOne = { params: ById, tags: ['tasks'], security: signedIn }
  const changeErrors = ['not_found', 'stale_version', 'cross_site_request'] as const

  app.get(
    '/tasks/:id',
    {
      onRequest: app.requires('tasks:read'),
      config: { compress: 'private' },
      schema: {
        ...onOne,
        operationId: 'getTask',
        summary: 'Get a task',
        description: 'Send its `ETag` as `If-Match` with an update.',
        response: {
          200: sends(ref(Task, 'The task.'), 'ETag'),
          304: NotModified,
          ...problems(...guarded, 'not_found'),
        },
      },
    },
    async (request, reply) => {
      const found = await find(request)
      if (isUnchanged(request, reply, etagOf(request, found))) return sendUnchanged(reply)
      return found.task
    },
  )

  app.patch(
    '/tasks/:id',
    {
      onRequest: app.requires('tasks:write'),
      bodyLimit,
      schema: {
        ...onOne,
        headers: IfMatch,
        body: TaskChange,
        operationId: 'updateTask',
        summary: 'Update a task',
        description:
          'Absent fields stay as they are; null clears. `completed` sets and clears `completed_at`; completing a completed task keeps its time.',
        response: {
          200: sends(withReceipt(ref(Task, 'The updated task.'), TaskOrReceipt), 'ETag'),
          ...problems(...guarded, ...withBody, ...changeErrors, 'limit_reached'),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const replaced = await edit(
        reply,
        () => find(request),
        found => allows(request, found),
        async found => {
          const fields = changedTask(found.task, request.body, app.now())
          if (changesNothing(found.task, fields)) {
            await request.commit([])
            return found
          }
          return store.replace(request.commit, user.id, found, fields, app.now())
        },
      )
      return answer(request, reply, replaced)
    },
  )

  app.delete(
    '/tasks/:id',
    {
      onRequest: app.requires('tasks:write'),
      schema: {
        ...onOne,
        headers: IfMatch,
        querystring: DeletionQuery,
        operationId: 'deleteTask',
        summary: 'Delete a task',
        description: 'It can be restored for 30 days.',
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const { permanently = false } = request.query
      await deleteNamed(reply, named(request), permanently, {
        allows: found => allows(request, found),
        remove: found => store.remove(request.commit, user.id, found, { now: app.now(), permanently }),
        purge: deleted => store.deletions.purge(request.commit, user.id, deleted),
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/tasks/:id/restore',
    {
      onRequest: app.requires('tasks:write'),
      schema: {
        ...onOne,
        operationId: 'restoreTask',
        summary: 'Restore a deleted task',
        description: 'As it was; one that is not deleted stays as it is.',
        response: {
          200: sends(withReceipt(ref(Task, 'The task.'), TaskOrReceipt), 'ETag'),
          ...problems(...guarded, ...withBody, ...restoreErrors),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const revised = await edit(
        reply,
        () => findToRestore(named(request)),
        () => true,
        async (found): Promise<RevisedTask | undefined> => {
          if (isDeleted(found)) return store.restore(request.commit, user.id, found, app.now())
          await request.commit([])
          return found
        },
      )
      return answer(request, reply, revised)
    },
  )

  /** The task that the path of a request names, living or deleted. */
  function named({ principal: { user }, params }: OneRequest) {
    const id = idFrom<TaskId>(params.id)
    const find = () => store.find(user.id, id)
    return { user: user.id, id, now: app.now(), find, deletions: store.deletions, none: 'No such task.' }
  }

  /** The user's task with the id in the path. */
  async function find({ principal, params }: OneRequest): Promise<FoundTask> {
    const found = await store.find(principal.user.id, idFrom<TaskId>(params.id))
    if (!found) throw new ApiError('not_found', 'No such task.')
    return found
  }
}
export default one

/** Whether `If-Match` lets an edit of what was found through: it names the whole ETag, as the same id may come again. */
function allows(request: FastifyRequest, found: RevisedTask): boolean {
  return matches(request, tag => tag === etagOf(request, found))
}
