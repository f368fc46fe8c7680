import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { maxSessions } from '../../src/auth/sessions.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type SessionId } from '../../src/ids.ts'
import { ById, guarded, problems, signedIn, withBody } from '../wire.ts'
import { Session } from './schemas.ts'

/** The user's active sessions, and ending them. */
const sessions: FastifyPluginAsyncTypebox = async app => {
  app.addSchema(Session)
  const { sessions } = app
  const onRequest = app.requires('account:manage')

  app.get(
    '/sessions',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'listSessions',
        summary: 'List your active sessions',
        description: `Newest first. At most ${maxSessions}; a further sign-in ends the least recently used.`,
        security: signedIn,
        response: {
          200: Type.Object(
            { sessions: Type.Array(ref(Session), { maxItems: maxSessions }) },
            { title: 'SessionList', description: 'The sessions.' },
          ),
          ...problems(...guarded),
        },
      },
    },
    async request => {
      const found = await sessions.list(request.principal.user.id, app.now())
      return { sessions: found.map(session => ({ ...session, current: session.id === request.session.id })) }
    },
  )

  app.delete(
    '/sessions/:id',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'endSession',
        summary: 'End a session',
        description: 'Its tokens and cookie are rejected from the next request on.',
        params: ById,
        security: signedIn,
        response: {
          204: Type.Null({ description: 'Ended.' }),
          ...problems(...guarded, ...withBody, 'not_found', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const id = idFrom<SessionId>(request.params.id)
      const ended = await request.commit([
        must(sessions.endWrite(user.id, id)),
        ...request.ownEventWrites('session_ended', id),
      ])
      if (!ended) throw new ApiError('not_found', 'No such session.')
      if (id === request.session.id) reply.clearSessionCookie()
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/sessions',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'signOutElsewhere',
        summary: 'Sign out everywhere else',
        description: 'Ends all sessions but the current one. Personal access tokens stay.',
        security: signedIn,
        response: {
          204: Type.Null({ description: 'The other sessions are ended.' }),
          ...problems(...guarded, ...withBody, 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.principal.user
      // Where there is none to end, nothing is written.
      await request.commit([
        must(sessions.endOthersWrite(id, request.session.id)),
        ...request.ownEventWrites('other_sessions_ended'),
      ])
      return reply.code(204).send(null)
    },
  )
}
export default sessions
