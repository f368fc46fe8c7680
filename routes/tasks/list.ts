import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { reportCache } from '../../src/metrics/reading.ts'
import type { TaskStore } from '../../src/tasks/task-store.ts'
import { isUnchanged, sendUnchanged, strongEtag } from '../etag.ts'
import { linkOf, pagingOf, refuseReversed, rowsOf } from '../paging.ts'
import { renderedAnswers } from '../rendered.ts'
import { guarded, NotModified, problems, sends, signedIn } from '../wire.ts'
import { TaskList, TaskQuery } from './schemas.ts'

/** The largest page that is cached, in bytes. */
const maxRenderedPage = 256 * 1024

/** `GET /tasks`: a page of the tasks that match the filters. */
const list: FastifyPluginAsyncTypebox<{ store: TaskStore }> = async (app, { store }) => {
  const rendered = renderedAnswers(app.cacheSizes.renderedTasks, maxRenderedPage)
  reportCache(app.reportMetric, 'rendered_tasks', rendered)

  app.get(
    '/tasks',
    {
      onRequest: app.requires('tasks:read'),
      config: { compress: 'private' },
      schema: {
        tags: ['tasks'],
        operationId: 'listTasks',
        summary: 'List your tasks',
        description: 'One page, newest first unless `sort` says otherwise.',
        security: signedIn,
        querystring: TaskQuery,
        response: {
          200: sends(ref(TaskList, 'A page of tasks.'), 'ETag', 'Link'),
          304: NotModified,
          ...problems(...guarded),
        },
      },
    },
    async (request, reply) => {
      const { principal, query } = request
      const { completed, due_on: dueOn, due_from: dueFrom, due_to: dueTo, q, sort = '-created_at' } = query
      refuseReversed({ due_from: dueFrom, due_to: dueTo })
      const filters = { completed, undated: dueOn === 'none', dueFrom, dueTo, q }
      const etag = etagOf(request, principal.settings.taskVersion)
      if (isUnchanged(request, reply, etag)) return sendUnchanged(reply)
      const kept = rendered.find(reply, etag)
      if (kept) return rendered.send(reply, etag, kept)

      const listing = await store.page(principal.user.id, { ...filters, sort, ...rowsOf(query) })
      if (!listing) throw new ApiError('authentication_required')
      const { tasks, total, version } = listing
      // There may have been a write since the request was let in: the page has the version it was read at.
      const exactEtag = etagOf(request, version)
      reply.header('ETag', exactEtag)
      const text = reply.serialize({ tasks, ...pagingOf(query, total), total }) as string
      return rendered.sendFresh(reply, exactEtag, Buffer.from(text), linkOf('/tasks', query, total))
    },
  )
}
export default list

/** The ETag covers everything that a page depends on: user, version and URL. */
function etagOf({ principal: { user }, url }: FastifyRequest, version: number): string {
  return strongEtag([user.id, version, url])
}
