import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { defaultTokenLifetimeMs, maxPersonalTokens } from '../../src/auth/personal-tokens.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type TokenId } from '../../src/ids.ts'
import { tokenCreatedMessage } from '../../src/mail/messages.ts'
import { ById, guarded, problems, signedIn, withBody } from '../wire.ts'
import { CreatedPersonalToken, NewPersonalToken, PersonalToken } from './schemas.ts'

/** Personal access tokens, for scripts: each with a name, scopes, and an optional expiry. */
const tokens: FastifyPluginAsyncTypebox = async app => {
  for (const schema of [PersonalToken, CreatedPersonalToken]) app.addSchema(schema)
  const { personalTokens } = app
  const onRequest = app.requires('account:manage')

  app.get(
    '/tokens',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'listTokens',
        summary: 'List your personal access tokens',
        description: `Newest first, expired ones included; at most ${maxPersonalTokens}.`,
        security: signedIn,
        response: {
          200: Type.Object(
            { tokens: Type.Array(ref(PersonalToken), { maxItems: maxPersonalTokens }) },
            { title: 'PersonalTokenList', description: 'The tokens.' },
          ),
          ...problems(...guarded),
        },
      },
    },
    async request => ({ tokens: await personalTokens.list(request.principal.user.id) }),
  )

  app.post(
    '/tokens',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'createToken',
        summary: 'Create a personal access token',
        description:
          'For scripts: send it as `Authorization: Bearer mspat_…`. It can do what its scopes allow, and never manage sessions, tokens or the account. `token` is shown only once. `current_password` may be omitted within ten minutes of a sign-in; the owner is notified at a verified e-mail address.',
        security: signedIn,
        body: NewPersonalToken,
        response: {
          201: ref(CreatedPersonalToken, 'Created.'),
          ...problems(
            ...guarded,
            ...withBody,
            'wrong_password',
            'reauthentication_required',
            'too_busy',
            'cross_site_request',
            'too_many_tokens',
          ),
        },
      },
    },
    async (request, reply) => {
      const { name, scopes, expires_at: until = app.now() + defaultTokenLifetimeMs, current_password } = request.body
      const { user } = request.principal
      const expiresAt = until === null ? null : new Date(until)
      if (expiresAt && expiresAt.getTime() <= app.now())
        throw new ApiError('invalid_request', 'expires_at must be in the future')
      await request.confirmOwner(current_password)
      // Two at once may exceed the limit by one: it keeps the list short and is not a matter of security.
      if ((await personalTokens.count(user.id)) >= maxPersonalTokens) throw new ApiError('too_many_tokens')
      const { id, token, write } = personalTokens.create(user.id, { name, scopes, expiresAt }, app.now())
      const events = request.ownEventWrites('token_created', id)
      const written = await request.commit([write, ...events])
      request.notifyOwner(tokenCreatedMessage(app.now()))
      return reply
        .code(201)
        .header('Location', `/tokens/${id}`)
        .send({ ...(written?.[0][0] as MadeToken), token })
    },
  )

  app.delete(
    '/tokens/:id',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'deleteToken',
        summary: 'Delete a personal access token',
        description: 'It is rejected from the next request on.',
        params: ById,
        security: signedIn,
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, 'not_found', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const id = idFrom<TokenId>(request.params.id)
      const removed = await request.commit([
        must(personalTokens.removalWrite(request.principal.user.id, id)),
        ...request.ownEventWrites('token_deleted', id),
      ])
      if (!removed) throw new ApiError('not_found', 'No such token.')
      return reply.code(204).send(null)
    },
  )
}
export default tokens

type MadeToken = Omit<Static<typeof CreatedPersonalToken>, 'token'>
