import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { codeLink, oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { fold } from '../../src/fold.ts'
import type { UserId } from '../../src/ids.ts'
import { passwordChangedMessage, resetMessage } from '../../src/mail/messages.ts'
import { isOlderThanProof, linkStore } from '../../src/oauth/links.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { userStore } from '../../src/users/users.ts'
import { open, problems, withBody } from '../wire.ts'
import { usablePassword } from './names.ts'
import { Accepted, ForgottenPassword, PasswordReset } from './schemas.ts'

const purpose = 'reset_password'
/** Attempts at a reset, each of which fails if another identity is linked meanwhile. */
const maxAttempts = 5

/** Reset of a forgotten password (docs/decisions/email-codes.md). */
const passwords: FastifyPluginAsyncTypebox<{ appUrl: string }> = async (app, { appUrl }) => {
  const codes = oneTimeCodeStore(app.database)
  const users = userStore(app.database)
  const identities = identityStore(app.database)
  const links = linkStore(app.database)
  const { sessions } = app
  const byCode = { onRequest: app.refuseForeignOrigin, config: { ignoresCookie: true } }

  app.post(
    '/password/forgot',
    {
      ...byCode,
      schema: {
        tags: ['sign-in'],
        operationId: 'requestPasswordReset',
        summary: 'Request a password reset',
        description:
          'With `username` or `email`. The response never reveals whether the account exists. The link works for 30 minutes, whoever requests more of them, until one of them sets a password. An address gets at most one such e-mail a minute and a few an hour; after five requests for one name you have to wait.',
        security: open,
        body: ForgottenPassword,
        response: {
          202: Accepted('If the account exists and has an e-mail address, a link is being sent.'),
          ...problems(...withBody, 'cross_site_request', 'email_not_configured', 'email_busy'),
        },
      },
    },
    async (request, reply) => {
      const { username, email } = request.body
      const name = username ?? email
      if (name === undefined || (username !== undefined && email !== undefined)) {
        throw new ApiError('invalid_request', 'exactly one of username and email is required')
      }
      await app.throttle.count(request, { kind: 'email', name: fold(name) })
      const at = app.now()
      app.mail.send(async () => {
        const user = await users.findLogin(name)
        if (!user?.email) return undefined
        const { id, email: to } = user
        const write = async () => {
          const { code, writes } = codes.issue(id, purpose, to, at)
          if (!(await app.commitUnguarded([must(users.standingWrite(id)), ...writes]))) return undefined
          return resetMessage(codeLink(appUrl, purpose, code), at)
        }
        return { to, write }
      })
      return reply.code(202).send({ status: 'accepted' })
    },
  )

  app.post(
    '/password/reset',
    {
      ...byCode,
      schema: {
        tags: ['sign-in'],
        operationId: 'resetPassword',
        summary: 'Reset a password',
        description:
          'Takes the code of the link in the e-mail. Ends every session and deletes all personal access tokens: sign in again with the new password. Identities linked before the e-mail address was verified are unlinked.',
        security: open,
        body: PasswordReset,
        response: {
          204: Type.Null({ description: 'The password is set.' }),
          ...problems(...withBody, 'cross_site_request', 'invalid_code', 'password_too_common', 'too_busy'),
        },
      },
    },
    async (request, reply) => {
      const { new_password: password } = request.body
      const at = app.now()
      const code = await codes.find(request.body.code, purpose, at)
      if (!code) throw invalidCode()
      await usablePassword('new_password', password, code.owner)

      const passwordHash = await app.passwords.hash(password, { network: request.network, account: code.user })
      await reset(request, code, passwordHash, at)
      const { username, email } = code.owner
      // Whoever failed on the name so far: it was not this password.
      await app.throttle.forgive(
        ...[username, ...(email === null ? [] : [email])].map(name => ({ kind: 'name' as const, name: fold(name) })),
        { kind: 'user', name: code.user },
      )
      // Reading the e-mail has verified its address.
      const emailVerifiedAt = code.email === null ? code.owner.emailVerifiedAt : new Date(at)
      app.mail.notify({ ...code.owner, emailVerifiedAt }, passwordChangedMessage(at))
      return reply.code(204).send(null)
    },
  )

  /**
   * Sets the password and ends whatever the former one had begun.
   * @throws {ApiError} `invalid_code` where the code is no longer good.
   */
  async function reset(request: FastifyRequest<{ Body: { code: string } }>, code: FoundCode, hash: string, at: number) {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (await app.commitUnguarded(await resetWrites(request, code, hash, at))) return
      // With a code that is still good it was an identity that somebody has linked meanwhile.
      if (!(await codes.find(request.body.code, purpose, at))) break
    }
    throw invalidCode()
  }

  async function resetWrites(request: FastifyRequest, code: FoundCode, hash: string, at: number) {
    const { user, email, owner } = code
    return [
      must(codes.redemptionWrite(code, purpose, at)),
      codes.removalWrite(user, purpose),
      // An intruder's address must not join later.
      codes.removalWrite(user, 'join_email'),
      identities.passwordChangeWrite(user, hash, at),
      sessions.endOthersWrite(user),
      app.personalTokens.removalOfAllWrite(user),
      ...request.eventWrites(user, 'password_reset', { actor: user }),
      // Using the link proves that the address belongs to the user.
      ...(email === null ? [] : [identities.emailVerificationWrite(user, email, at)]),
      ...(email === null ? [] : await unprovedLinks(request, user, owner.emailVerifiedAt)),
    ]
  }

  /**
   * Identities that someone may have linked who signed up with the owner's address: through them they would get back
   * in.
   */
  async function unprovedLinks(request: FastifyRequest, user: UserId, provedAt: Date | null) {
    const linked = await links.list(user)
    const unproved = linked.filter(({ created_at: linkedAt }) => isOlderThanProof(linkedAt, provedAt))
    return [
      links.atMostWrite(user, linked.length),
      ...unproved.flatMap(link => [
        ...links.removalWrites(user, link),
        ...request.eventWrites(user, 'identity_unlinked', { actor: user, target: link.id }),
      ]),
    ]
  }
}
export default passwords

function invalidCode(): ApiError {
  return new ApiError('invalid_code', 'The code is invalid or expired. Request a new link.')
}

type FoundCode = NonNullable<Awaited<ReturnType<ReturnType<typeof oneTimeCodeStore>['find']>>>
