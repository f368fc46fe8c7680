import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { addressOf } from '../../src/auth/principal.ts'
import type { BoundWrite } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { fold } from '../../src/fold.ts'
import { ref } from '../../src/http/typebox.ts'
import { emailChangedMessage, usernameChangedMessage } from '../../src/mail/messages.ts'
import { untilFirst } from '../../src/until-first.ts'
import { identityStore, type Names } from '../../src/users/identity-store.ts'
import { guarded, open, problems, signedIn, withBody } from '../wire.ts'
import { emailJoining } from './joining-email.ts'
import { nameTaken, ownerErrors } from './names.ts'
import { Availability, EmailChange, User, UsernameChange } from './schemas.ts'

export interface Hiding {
  /** Whether strangers must not learn who has an account. */
  hideAccounts: boolean
  /** Where the links in e-mails lead. */
  appUrl: string
}

/** The names of an account, by which people sign in: whether one is available, and the change of one's own. */
const renaming: FastifyPluginAsyncTypebox<Hiding> = async (app, { hideAccounts, appUrl }) => {
  const joining = emailJoining(app, appUrl)
  const identities = identityStore(app.database)
  const codes = oneTimeCodeStore(app.database)
  const onRequest = app.requires('account:manage')

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
          ...problems(...guarded, ...withBody, ...ownerErrors, 'email_taken', 'email_busy'),
        },
      },
    },
    async (request, reply) => {
      const before = addressOf(request.principal)
      await request.confirmOwner(request.body.current_password)
      const { email } = request.body
      if (hideAccounts && email !== null && fold(email) !== fold(before.email ?? '')) return pending(request, email)
      const writes = [codes.removalWrite(request.principal.user.id, 'join_email')]
      const notify = () => app.mail.notify(before, emailChangedMessage(app.now()))
      return rename(request, reply, 'email_changed', { email }, notify, writes)
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
          ...problems(...guarded, ...withBody, ...ownerErrors, 'username_taken'),
        },
      },
    },
    async (request, reply) => {
      await request.confirmOwner(request.body.current_password)
      const notify = () => request.notifyOwner(usernameChangedMessage(app.now()))
      return rename(request, reply, 'username_changed', { username: request.body.username }, notify)
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

  /** Where the names are these already, nothing is stored or told. */
  async function rename(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: 'email_changed' | 'username_changed',
    change: Partial<Names>,
    notify: () => void,
    more: readonly BoundWrite<unknown>[] = [],
  ) {
    const { isNew } = await untilFirst(async () => {
      // As it is now: when another device was first, the guard of the batch has read it again.
      const { user } = request.principal
      const isNew = Object.entries(change).some(([name, value]) => user[name as keyof Names] !== value)
      const renaming = isNew ? identities.renamingWrites(user.id, user, { ...user, ...change }, app.now()) : []
      const told = isNew ? request.ownEventWrites(kind) : []
      return (await request.commit([...renaming, ...more, ...told]).catch(nameTaken)) && { isNew }
    })
    if (!isNew) return request.principal.user
    await app.authenticate(request, reply)
    notify()
    return request.principal.user
  }
}
export default renaming
