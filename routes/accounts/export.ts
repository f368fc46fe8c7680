import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { exportStore } from '../../src/export/export.ts'
import { ref } from '../../src/http/typebox.ts'
import { profileStore } from '../../src/profile/profiles.ts'
import { describe } from '../profile/describe.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { AccountExport } from './schemas.ts'

/** All data of the user, in one document. */
const accountExport: FastifyPluginAsyncTypebox = async app => {
  app.addSchema(AccountExport)
  const store = exportStore(app.database)
  const profiles = profileStore(app.database)

  app.get(
    '/account/export',
    {
      onRequest: app.requires('account:export'),
      config: { compress: 'private' },
      schema: {
        tags: ['account'],
        operationId: 'exportAccount',
        summary: 'Export all your data',
        description:
          'One JSON document, streamed: account, profile and avatar, moods, tasks, poses, sequences, practices, sessions, tokens and events, without secrets. Requires a sign-in or `POST /account/confirm` within the last ten minutes, or a personal access token with the scope `account:export`.',
        security: signedIn,
        response: {
          200: ref(AccountExport, 'Your data.'),
          ...problems(...guarded, 'reauthentication_required', 'too_busy'),
        },
      },
    },
    async (request, reply) => {
      if (request.principal.session) await request.confirmOwner()
      await request.noteRead('exported')
      const begin = () => void reply.header('Content-Disposition', 'attachment; filename="moodstreak.json"')
      return reply.sendPieces(documentOf.bind(null, request), { begin })
    },
  )

  /** The document in pieces, so that no list has to fit into memory. */
  async function* documentOf({ principal: { user, settings } }: FastifyRequest) {
    const profile = describe(await profiles.find(user.id))
    const avatar = await profiles.findAvatar(user.id)
    const head = {
      exported_at: new Date(app.now()),
      account: { ...user, email_verified_at: settings.emailVerifiedAt },
      profile,
      avatar: avatar ? { type: 'image/webp', base64: avatar.bytes.toString('base64') } : null,
    }
    yield* store.document(user.id, head)
  }
}
export default accountExport
