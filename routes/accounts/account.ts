import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { adminAuditStore } from '../../src/administration/admin-audit.ts'
import { standingStore } from '../../src/administration/standings.ts'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { ApiError, type ErrorCode } from '../../src/errors.ts'
import { emailChangedMessage, passwordChangedMessage } from '../../src/mail/messages.ts'
import { ref } from '../../src/typebox.ts'
import { identityStore, type Names } from '../../src/users/identity-store.ts'
import { guarded, open, problems, signedIn, withBody } from '../wire.ts'
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

/** What people do with their own account: prove who they are, change what they are found by, leave. */
const account: FastifyPluginAsyncTypebox = async app => {
  const { sessions, personalTokens } = app
  const identities = identityStore(app.database)
  const codes = oneTimeCodeStore(app.database)
  const standings = standingStore(app.database)
  const adminAudit = adminAuditStore(app.database)
  const onRequest = app.requires('account:manage')
  const ownerErrors: ErrorCode[] = ['wrong_password', 'reauthentication_required', 'too_busy', 'cross_site_request']

  app.get(
    '/availability',
    {
      config: { limit: 'availability' },
      schema: {
        tags: ['accounts'],
        summary: 'Whether a name is free',
        description: 'For a sign-up form, while one types. Either `username` or `email`.',
        security: open,
        querystring: Availability,
        response: {
          200: Type.Object({ available: Type.Boolean() }, { description: 'Whether somebody could still take it.' }),
          ...problems(),
        },
      },
    },
    async ({ query: { username, email } }) => {
      if ((username === undefined) === (email === undefined)) {
        throw new ApiError('invalid_request', 'either username or email is required, and only one of them')
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
        tags: ['accounts'],
        summary: 'Prove once more who one is',
        description: 'For ten minutes the session then counts as freshly signed in.',
        security: signedIn,
        body: Confirmation,
        response: {
          204: Type.Null({ description: 'Proved.' }),
          ...problems(...guarded, ...withBody, 'wrong_password', 'too_busy', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      await request.confirmOwner(request.body.current_password)
      await app.database.atomic([sessions.confirmation(request.principal.user.id, request.session.id, app.now())])
      return reply.code(204).send(null)
    },
  )

  app.put(
    '/account/password',
    {
      onRequest,
      schema: {
        tags: ['accounts'],
        summary: 'Change the password',
        description:
          'Ends every other session and deletes all personal tokens; the session that asks stays. `current_password` may be left out for ten minutes after a sign-in.',
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
      const hash = await app.passwords.hash(password, request.network)
      const changed = await app.database.atomic([
        identities.passwordChange(user.id, hash, app.now()),
        sessions.endOthers(user.id, request.session.id),
        personalTokens.removalOfAll(user.id),
        codes.removalOf(user.id, 'reset_password'),
        request.ownEvent('password_changed'),
        request.stillSignedIn(),
      ])
      if (!changed) throw new ApiError('authentication_required')
      app.mail.notify(user.email, passwordChangedMessage(app.now()))
      return reply.code(204).send(null)
    },
  )

  app.put(
    '/account/email',
    {
      onRequest,
      schema: {
        tags: ['accounts'],
        summary: 'Change or remove the e-mail address',
        description:
          'Null removes it. The old address is told. `current_password` may be left out for ten minutes after a sign-in.',
        security: signedIn,
        body: EmailChange,
        response: {
          200: ref(User, 'The account as it is now.'),
          ...problems(...guarded, ...withBody, ...ownerErrors, 'email_taken', 'edit_conflict'),
        },
      },
    },
    async request => {
      const { email: before } = request.principal.user
      await request.confirmOwner(request.body.current_password)
      const changed = await rename(request, 'email_changed', { email: request.body.email })
      app.mail.notify(before, emailChangedMessage(app.now()))
      return changed
    },
  )

  app.put(
    '/account/username',
    {
      onRequest,
      schema: {
        tags: ['accounts'],
        summary: 'Change the username',
        description: 'The old one is free for others from then on.',
        security: signedIn,
        body: UsernameChange,
        response: {
          200: ref(User, 'The account as it is now.'),
          ...problems(...guarded, ...withBody, 'cross_site_request', 'username_taken', 'edit_conflict'),
        },
      },
    },
    async request => rename(request, 'username_changed', { username: request.body.username }),
  )

  app.delete(
    '/account',
    {
      onRequest,
      schema: {
        tags: ['accounts'],
        summary: 'Delete the account and everything in it',
        description:
          'Nothing remains, and nothing can be brought back. The last admin has to make another one first. `current_password` may be left out for ten minutes after a sign-in.',
        security: signedIn,
        body: AccountDeletion,
        response: {
          204: Type.Null({ description: 'Gone.' }),
          ...problems(...guarded, ...withBody, ...ownerErrors, 'last_admin', 'edit_conflict'),
        },
      },
    },
    async (request, reply) => {
      await request.confirmOwner(request.body?.current_password)
      const { user } = request.principal
      await app.erasing(async () => {
        const removed = await app.database.atomic([
          // The session first: it goes with the user.
          request.stillSignedIn(),
          ...app.accountRemoval(user.id, { ...user, disabled: false }),
          adminAudit.forgetting(user.id),
        ])
        if (!removed) throw new ApiError((await standings.isLastAdmin(user.id)) ? 'last_admin' : 'edit_conflict')
      })
      return reply.clearSessionCookie().code(204).send(null)
    },
  )

  async function rename(request: FastifyRequest, kind: 'email_changed' | 'username_changed', change: Partial<Names>) {
    const { user } = request.principal
    const writes = identities.renaming(user.id, user, { ...user, ...change }, app.now())
    const changed = await app.database
      .atomic([...writes, request.ownEvent(kind), request.stillSignedIn()])
      .catch(nameTaken)
    if (!changed) throw new ApiError('edit_conflict')
    await app.authenticate(request)
    return request.principal.user
  }
}
export default account
