import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { accountStatusStore } from '../../src/administration/account-status.ts'
import { adminAuditStore } from '../../src/administration/admin-audit.ts'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { addressOf } from '../../src/auth/principal.ts'
import type { BoundWrite } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { fold } from '../../src/fold.ts'
import type { ErrorCode } from '../../src/http/problem-details.ts'
import { ref } from '../../src/http/typebox.ts'
import { emailChangedMessage, passwordChangedMessage, usernameChangedMessage } from '../../src/mail/messages.ts'
import { identityStore, type Names } from '../../src/users/identity-store.ts'
import { guarded, open, problems, signedIn, withBody } from '../wire.ts'
import { emailJoining } from './joining-email.ts'
import { nameTaken, usablePassword } from './names.ts'
import {
  AccountDeletion,
  Availability,
  Confirmation,
  EmailChange,
  PasswordChange,
  User,
  UsernameChange,
} from './schemas.ts'

export interface Hiding {
  /** Whether strangers must not learn who has an account. */
  hideAccounts: boolean
  /** Where the links in e-mails lead. */
  appUrl: string
}

/** The user's own account: confirm the password, change names and password, delete it. */
const account: FastifyPluginAsyncTypebox<Hiding> = async (app, { hideAccounts, appUrl }) => {
  const joining = emailJoining(app, appUrl)
  const { sessions, personalTokens } = app
  const identities = identityStore(app.database)
  const codes = oneTimeCodeStore(app.database)
  const accountStatuses = accountStatusStore(app.database)
  const adminAudit = adminAuditStore(app.database)
  const onRequest = app.requires('account:manage')
  const ownerErrors: ErrorCode[] = ['wrong_password', 'reauthentication_required', 'too_busy', 'cross_site_request']

  app.get(
    '/availability',
    {
      config: { limit: 'availability' },
      schema: {
        tags: ['sign-in'],
        operationId: 'checkAvailability',
        summary: 'Check whether a username or e-mail address is available',
        description: 'For sign-up forms, as the user types. Pass either `username` or `email`.',
        security: open,
        querystring: Availability,
        response: {
          200: Type.Object(
            { available: Type.Boolean() },
            { title: 'Availability', description: 'Whether it is available.' },
          ),
          ...problems('forbidden'),
        },
      },
    },
    async ({ query: { username, email } }) => {
      if (email !== undefined && hideAccounts) {
        throw new ApiError('forbidden', 'This server does not tell which e-mail addresses have an account.')
      }
      if ((username === undefined) === (email === undefined)) {
        throw new ApiError('invalid_request', 'exactly one of username and email is required')
      }
      const taken =
        username !== undefined ? identities.isUsernameTaken(username) : identities.isEmailTaken(email as string)
      return { available: !(await taken) }
    },
  )

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
        request.ownEventWrite('password_changed'),
      ])
      app.mail.notify(addressOf(request.principal), passwordChangedMessage(app.now()))
      return reply.code(204).send(null)
    },
  )

  app.put(
    '/account/email',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'changeEmail',
        summary: 'Change or remove your e-mail address',
        description:
          'Null removes it. The old address is notified if it was verified. With `HIDE_ACCOUNTS` the account is unchanged until the link sent to the new address is confirmed. `current_password` may be omitted within ten minutes of a sign-in.',
        security: signedIn,
        body: EmailChange,
        response: {
          200: ref(User, 'The updated account.'),
          ...problems(...guarded, ...withBody, ...ownerErrors, 'email_taken', 'edit_conflict', 'email_busy'),
        },
      },
    },
    async (request, reply) => {
      const before = addressOf(request.principal)
      await request.confirmOwner(request.body.current_password)
      const { email } = request.body
      if (hideAccounts && email !== null && fold(email) !== fold(before.email ?? '')) return pending(request, email)
      const changed = await rename(request, reply, 'email_changed', { email }, [
        codes.removalWrite(request.principal.user.id, 'join_email'),
      ])
      app.mail.notify(before, emailChangedMessage(app.now()))
      return changed
    },
  )

  app.put(
    '/account/username',
    {
      onRequest,
      schema: {
        tags: ['account'],
        operationId: 'changeUsername',
        summary: 'Change your username',
        description:
          'The old username becomes available to others at once. The owner is notified at a verified e-mail address. `current_password` may be omitted within ten minutes of a sign-in.',
        security: signedIn,
        body: UsernameChange,
        response: {
          200: ref(User, 'The updated account.'),
          ...problems(...guarded, ...withBody, ...ownerErrors, 'username_taken', 'edit_conflict'),
        },
      },
    },
    async (request, reply) => {
      await request.confirmOwner(request.body.current_password)
      const changed = await rename(request, reply, 'username_changed', { username: request.body.username })
      request.notifyOwner(usernameChangedMessage(app.now()))
      return changed
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
          ...problems(...guarded, ...withBody, ...ownerErrors, 'last_admin', 'edit_conflict'),
        },
      },
    },
    async (request, reply) => {
      await request.confirmOwner(request.body?.current_password)
      const { user } = request.principal
      await app.eraseAccount(user.id, async () => {
        const removed = await request.commit([
          ...app.accountRemovalWrites(user.id, { ...user, disabled: false }),
          adminAudit.forgettingWrite(user.id),
        ])
        if (!removed) throw new ApiError((await accountStatuses.isLastAdmin(user.id)) ? 'last_admin' : 'edit_conflict')
      })
      return reply.clearSessionCookie().code(204).send(null)
    },
  )

  /** Begins the change to an address that its owner has to confirm. */
  async function pending(request: FastifyRequest, email: string) {
    const { user } = request.principal
    await app.throttle.count(request, { kind: 'email', name: user.id })
    const { writes, draft } = joining.begin(user.id, email, app.now())
    await request.commit(writes)
    app.mail.send(draft)
    return user
  }

  async function rename(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: 'email_changed' | 'username_changed',
    change: Partial<Names>,
    more: readonly BoundWrite<unknown>[] = [],
  ) {
    const { user } = request.principal
    const writes = identities.renamingWrites(user.id, user, { ...user, ...change }, app.now())
    const changed = await request.commit([...writes, ...more, request.ownEventWrite(kind)]).catch(nameTaken)
    if (!changed) throw new ApiError('edit_conflict')
    await app.authenticate(request, reply)
    return request.principal.user
  }
}
export default account
