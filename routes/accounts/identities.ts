import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type LinkId } from '../../src/ids.ts'
import { linkStore, maxIdentities } from '../../src/oauth/links.ts'
import { userStore } from '../../src/users/users.ts'
import { ById, guarded, problems, signedIn, withBody } from '../wire.ts'
import { AccountDeletion, Identity } from './schemas.ts'

/** The linked identities, and unlinking them. */
const identities: FastifyPluginAsyncTypebox = async app => {
  app.addSchema(Identity)
  const links = linkStore(app.database)
  const users = userStore(app.database)
  const onRequest = app.requires('account:manage')

  app.get(
    '/account/identities',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'listIdentities',
        summary: 'List linked identities',
        description:
          'The accounts at other providers that you can sign in with. `GET /oauth/{provider}?link=1` links another one.',
        security: signedIn,
        response: {
          200: Type.Object(
            { identities: Type.Array(ref(Identity), { maxItems: maxIdentities }) },
            { title: 'IdentityList', description: 'The identities, in the order they were linked.' },
          ),
          ...problems(...guarded),
        },
      },
    },
    async request => ({ identities: await links.list(request.principal.user.id) }),
  )

  app.delete(
    '/account/identities/:id',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'unlinkIdentity',
        summary: 'Unlink an identity',
        description:
          'The last way to sign in cannot be unlinked: set a password first. Sessions stay. `current_password` may be omitted within ten minutes of a sign-in.',
        params: ById,
        security: signedIn,
        body: AccountDeletion,
        response: {
          204: Type.Null({ description: 'Unlinked.' }),
          ...problems(
            ...guarded,
            ...withBody,
            'wrong_password',
            'reauthentication_required',
            'too_busy',
            'cross_site_request',
            'not_found',
            'last_way_in',
          ),
        },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      const id = idFrom<LinkId>(request.params.id)
      await request.confirmOwner(request.body?.current_password)
      const linked = async () => (await links.list(user.id)).find(link => link.id === id)
      const link = await linked()
      const gone = new ApiError('not_found', 'No such identity.')
      if (!link) throw gone
      const removed = await request.commit([
        must(users.standingWrite(user.id)),
        ...links.unlinkingWrites(user.id, link),
        ...request.ownEventWrites('identity_unlinked', id),
      ])
      if (!removed) throw (await linked()) ? new ApiError('last_way_in') : gone
      return reply.code(204).send(null)
    },
  )
}
export default identities
