import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { codeLink, oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { fold } from '../../src/fold.ts'
import { passwordChangedMessage, resetMessage } from '../../src/mail/messages.ts'
import { isOlderThanProof, linkStore } from '../../src/oauth/links.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { userStore } from '../../src/users/users.ts'
import { open, problems, withBody } from '../wire.ts'
import { usablePassword } from './names.ts'
import { Accepted, ForgottenPassword, PasswordReset } from './schemas.ts'

const purpose = 'reset_password'

/** A new password for those who have forgotten theirs (docs/decisions/email.md). */
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
        tags: ['accounts'],
        summary: 'Send a link for a new password',
        description:
          'By `username` or by `email`. The answer is the same for everybody, and given before anybody is looked up; after five for a name the next request has to wait. The link is good once, for 30 minutes; a new one makes the older ones worthless, and there is one a minute at most.',
        security: open,
        body: ForgottenPassword,
        response: {
          202: Accepted('If there is such an account and it has an e-mail address, a link is on its way.'),
          ...problems(...withBody, 'cross_site_request', 'email_not_configured', 'email_busy'),
        },
      },
    },
    async (request, reply) => {
      const { username, email } = request.body
      const name = username ?? email
      if (name === undefined || (username !== undefined && email !== undefined)) {
        throw new ApiError('invalid_request', 'either username or email is required, and only one of them')
      }
      await app.throttle.attempt(request, { kind: 'email', name: fold(name) })
      const at = app.now()
      app.mail.send(async () => {
        const user = await users.findLogin(name)
        if (!user?.email) return undefined
        const { code, writes } = codes.issue(user.id, purpose, user.email, at)
        if (!(await app.database.atomic([must(users.standing(user.id)), ...writes]))) return undefined
        return { to: user.email, ...resetMessage(codeLink(appUrl, purpose, code), at) }
      })
      return reply.code(202).send({ status: 'accepted' })
    },
  )

  app.post(
    '/password/reset',
    {
      ...byCode,
      schema: {
        tags: ['accounts'],
        summary: 'Set a new password with a one-time code',
        description:
          'Ends every session and deletes all personal tokens of the account: sign in again, with the new password. Identities at providers that were linked before the e-mail address was verified are removed.',
        security: open,
        body: PasswordReset,
        response: {
          204: Type.Null({ description: 'The password is set.' }),
          ...problems(...withBody, 'cross_site_request', 'invalid_code', 'password_too_common', 'too_busy'),
        },
      },
    },
    async (request, reply) => {
      const { code: text, new_password: password } = request.body
      const at = app.now()
      const code = await codes.find(text, purpose, at)
      if (!code) throw invalidCode()
      await usablePassword('new_password', password, code.owner)

      const passwordHash = await app.passwords.hash(password, request.network)
      const done = await app.database.atomic([
        must(codes.redemption(code, purpose, at)),
        codes.removalOf(code.user, purpose),
        identities.passwordChange(code.user, passwordHash, at),
        sessions.endOthers(code.user),
        app.personalTokens.removalOfAll(code.user),
        request.eventOf(code.user, 'password_reset', { actor: code.user }),
        // Whoever can read the link has shown that the address is theirs.
        ...(code.email === null ? [] : [identities.emailVerification(code.user, code.email, at)]),
        ...(code.email === null ? [] : await unprovedLinks(request, code.user, code.owner.emailVerifiedAt)),
      ])
      if (!done) throw invalidCode()
      app.mail.notify(code.owner.email, passwordChangedMessage(at))
      return reply.code(204).send(null)
    },
  )

  /** What others may have linked who signed up with the owner's address: with it they would come back in. */
  async function unprovedLinks(request: FastifyRequest, user: string, provedAt: Date | null) {
    const linked = await links.list(user)
    const unproved = linked.filter(({ created_at: linkedAt }) => isOlderThanProof(linkedAt, provedAt))
    return unproved.flatMap(link => [
      ...links.removal(user, link),
      request.eventOf(user, 'identity_unlinked', { actor: user, target: link.id }),
    ])
  }
}
export default passwords

function invalidCode(): ApiError {
  return new ApiError('invalid_code', 'The code is not valid, or no longer. Ask for another link.')
}
