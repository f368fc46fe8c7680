import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { accountStatusStore } from '../../src/administration/account-status.ts'
import { adminAuditStore } from '../../src/administration/admin-audit.ts'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { addressOf } from '../../src/auth/principal.ts'
import { ApiError } from '../../src/errors.ts'
import { passwordChangedMessage } from '../../src/mail/messages.ts'
import { untilFirst } from '../../src/until-first.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { guarded, problems, signedIn, withBody } from '../wire.ts'
import { ownerErrors, usablePassword } from './names.ts'
import { AccountDeletion, Confirmation, PasswordChange } from './schemas.ts'

/** The user's own account: confirm the password, change it, delete it all. */
const account: FastifyPluginAsyncTypebox = async app => {
  const { sessions, personalTokens } = app
  const identities = identityStore(app.database)
  const codes = oneTimeCodeStore(app.database)
  const accountStatuses = accountStatusStore(app.database)
  const adminAudit = adminAuditStore(app.database)
  const onRequest = app.requires('account:manage')

  app.post(
    '/account/confirm',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'confirmPassword',
        summary: 'Confirm your password',
        description: 'For the next ten minutes the session counts as freshly signed in (step-up authentication).',
        security: signedIn,
        body: Confirmation,
        response: {
          204: Type.Null({ description: 'Confirmed.' }),
          ...problems(...guarded, ...withBody, 'wrong_password', 'too_busy', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      await request.confirmOwner(request.body.current_password)
      await request.commit([sessions.confirmationWrite(request.principal.user.id, request.session.id, app.now())])
      return reply.code(204).send(null)
    },
  )

  app.put(
    '/account/password',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'changePassword',
        summary: 'Change your password',
        description:
          'Ends every other session and deletes all personal access tokens; the current session stays. `current_password` may be omitted within ten minutes of a sign-in.',
        security: signedIn,
        body: PasswordChange,
        response: {
          204: Type.Null({ description: 'Changed.' }),
          ...problems(...guarded, ...withBody, ...ownerErrors, 'password_too_common'),
        },
      },
    },
    async (request, reply) => {
      const { current_password: current, new_password: password } = request.body
      const { user } = request.principal
      await usablePassword('new_password', password, user)
      await request.confirmOwner(current)
      const hash = await app.passwords.hash(password, { network: request.network, account: user.id })
      await request.commit([
        identities.passwordChangeWrite(user.id, hash, app.now()),
        sessions.endOthersWrite(user.id, request.session.id),
        personalTokens.removalOfAllWrite(user.id),
        codes.removalWrite(user.id, 'reset_password'),
        codes.removalWrite(user.id, 'join_email'),
        ...request.ownEventWrites('password_changed'),
      ])
      app.mail.notify(addressOf(request.principal), passwordChangedMessage(app.now()))
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/account',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'deleteAccount',
        summary: 'Delete your account and all its data',
        description:
          'Permanent: nothing is kept and nothing can be restored. The last admin must appoint another one first. `current_password` may be omitted within ten minutes of a sign-in.',
        security: signedIn,
        body: AccountDeletion,
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, ...ownerErrors, 'last_admin'),
        },
      },
    },
    async (request, reply) => {
      await request.confirmOwner(request.body?.current_password)
      const { id } = request.principal.user
      const remove = async () => {
        // As it is now: when another device has changed a name, the guard of the batch has read it again.
        const person = { ...request.principal.user, disabled: false }
        const removed = await request.commit([...app.accountRemovalWrites(id, person), adminAudit.forgettingWrite(id)])
        if (!removed && (await accountStatuses.isLastAdmin(id))) throw new ApiError('last_admin')
        return removed
      }
      await app.eraseAccount(id, () => untilFirst(remove))
      return reply.clearSessionCookie().code(204).send(null)
    },
  )
}
export default account
