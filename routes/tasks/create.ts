import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, newId, type TaskId } from '../../src/ids.ts'
import { blankTask, changedTask, type Task as StoredTask } from '../../src/tasks/task.ts'
import type { RevisedTask } from '../../src/tasks/task-edits.ts'
import type { TaskStore } from '../../src/tasks/task-store.ts'
import { guarded, IdempotencyKey, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { digestOfSubmission } from '../writing.ts'
import { answer, bodyLimit } from './answers.ts'
import { NewTask, Task, TaskOrReceipt } from './schemas.ts'

/** `POST /tasks`, which may be a retry. */
const create: FastifyPluginAsyncTypebox<{ store: TaskStore }> = async (app, { store }) => {
  app.post(
    '/tasks',
    {
      onRequest: app.requires('tasks:write'),
      bodyLimit,
      preValidation: async request => keepTitleAsSent(request),
      schema: {
        tags: ['tasks'],
        operationId: 'createTask',
        summary: 'Create a task',
        description:
          'Safe to retry with a client-generated `id`: the same content again returns 200 and the existing task, other content 409. `Idempotency-Key` works too.',
        security: signedIn,
        headers: IdempotencyKey,
        body: NewTask,
        response: {
          201: sends(withReceipt(ref(Task, 'Created.'), TaskOrReceipt), 'ETag'),
          200: sends(
            withReceipt(ref(Task, 'A retry: the existing task, in its current state.'), TaskOrReceipt),
            'ETag',
          ),
          ...problems(
            ...guarded,
            ...withBody,
            'entry_deleted',
            'id_taken',
            'limit_reached',
            'idempotency_key_reused',
            'cross_site_request',
          ),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const { id: clientId, ...body } = request.body
      const id = clientId === undefined ? newId<TaskId>() : idFrom<TaskId>(clientId)
      // Tasks of version 0.1 have the digest of what was sent, space included.
      const asSent = { ...body, title: titlesAsSent.get(request) ?? body.title }
      const digests = clientId === undefined ? [] : [digestOfSubmission(body), digestOfSubmission(asSent)]
      const fields = { ...changedTask(blankTask, body, app.now()), id, digest: digests[0] ?? null }
      const made = await reply.createOnce<RevisedTask, TaskId>({
        id,
        digests,
        tables: ['tasks'],
        async create(alongside) {
          const { writes, refuse } = store.creation(user.id, fields, app.now())
          const written = await request.commit([...writes, ...alongside])
          return written ? { task: written[1][0] as StoredTask, revision: 1 } : refuse()
        },
        find: known => store.find(user.id, known),
      })
      return answer(request, reply.header('Location', `/tasks/${made.task.id}`), made)
    },
  )
}
export default create

/** Titles before validation tidied them, of requests that may be retries. */
const titlesAsSent = new WeakMap<FastifyRequest, string>()

function keepTitleAsSent(request: FastifyRequest) {
  const { id, title } = (request.body ?? {}) as Record<string, unknown>
  if (id !== undefined && typeof title === 'string') titlesAsSent.set(request, title)
}
