import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { eventStream } from '../../src/streaming/event-stream.ts'
import { versionWatch } from '../../src/sync/version-watch.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { kindsFor, readScopes, type SyncContext, stateOf } from './context.ts'

/** Streams of one account in this process (docs/decisions/sync.md). */
const maxStreams = 5
/** What a client may leave unread, in bytes: some hundred events, beside what the system holds. */
const maxUnread = 16 * 1024

/** `GET /sync/stream`: says that there is something to sync, and nothing of what it is. */
const stream: FastifyPluginAsyncTypebox<SyncContext> = async (app, context) => {
  const watch = versionWatch(app.database, app.now)
  app.stopping.addEventListener('abort', watch.close)
  app.addHook('preClose', async () => watch.close())

  app.get(
    '/sync/stream',
    {
      // Its head alone would be nothing to wait for.
      exposeHeadRoute: false,
      onRequest: app.requires(readScopes.mood, readScopes.task, readScopes.practice, readScopes.sequence),
      schema: {
        tags: ['sync'],
        operationId: 'watchChanges',
        summary: 'Stream change notifications',
        description:
          'Server-sent events: `event: version` with `data: {"mood": 12, "task": 3, ...}` on opening and after each change. Ends with the session.',
        security: signedIn,
        response: {
          200: {
            description: 'Events, until either side closes the connection.',
            content: {
              'text/event-stream': { schema: Type.String({ description: 'Endless.', maxLength: 2 ** 31 - 1 }) },
            },
          },
          ...problems(...guarded, 'limit_reached'),
        },
      },
    },
    async (request, reply) => {
      const { user, session, token } = request.principal
      const { versions } = await stateOf(context, request)
      if (watch.count(user.id) >= maxStreams)
        throw new ApiError('limit_reached', `You can have at most ${maxStreams} streams open.`)
      const events = eventStream(maxUnread)
      const stop = watch.open(
        {
          userId: user.id,
          credential: session ? { session: session.id } : { token },
          kinds: kindsFor(request, undefined),
          tell: known => events.send('version', known),
          keepAlive: events.comment,
          end: events.end,
        },
        versions,
      )
      events.readable.once('close', stop)
      return (
        reply
          // Or a proxy would collect events until they fill a buffer.
          .header('X-Accel-Buffering', 'no')
          // It ends when the server stops: a connection that was kept then would hold that up.
          .header('Connection', 'close')
          .type('text/event-stream')
          // The schema describes the text of the stream.
          .send(events.readable as never)
      )
    },
  )
}
export default stream
