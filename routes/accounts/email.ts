import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { codeLink, oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { emailChangedMessage, verificationMessage } from '../../src/mail/messages.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { userStore } from '../../src/users/users.ts'
import { guarded, open, problems, signedIn, withBody } from '../wire.ts'
import { nameTaken } from './names.ts'
import { Accepted, EmailConfirmation } from './schemas.ts'

const purpose = 'verify_email'

/** Verification of an e-mail address. */
const email: FastifyPluginAsyncTypebox<{ appUrl: string }> = async (app, { appUrl }) => {
  const codes = oneTimeCodeStore(app.database)
  const identities = identityStore(app.database)
  const users = userStore(app.database)

  app.post(
    '/account/email/verification',
    {
      onRequest: app.requires('account:manage'),
      schema: {
        tags: ['account'],
        operationId: 'sendVerificationEmail',
        summary: 'Send a verification e-mail',
        description:
          'Sends a link to the address of the account. It works once, for 24 hours. An address gets at most one such e-mail a minute and a few an hour; after five requests you have to wait.',
        security: signedIn,
        response: {
          202: Accepted('The e-mail is being sent.'),
          ...problems(
            ...guarded,
            ...withBody,
            'cross_site_request',
            'email_missing',
            'email_verified',
            'email_not_configured',
            'email_busy',
          ),
        },
      },
    },
    async (request, reply) => {
      // Here already, because the e-mail is written after the answer.
      await request.commit([])
      const { user, settings } = request.principal
      const { id, email: to } = user
      if (to === null) throw new ApiError('email_missing')
      if (settings.emailVerifiedAt !== null) throw new ApiError('email_verified')
      await app.throttle.count(request, { kind: 'email', name: id })
      const at = app.now()
      const write = async () => {
        const { code, writes } = codes.issue(id, purpose, to, at)
        if (!(await request.commit([must(users.standingWrite(id)), ...writes]))) return undefined
        return verificationMessage(codeLink(appUrl, purpose, code), at)
      }
      app.mail.send(async () => ({ to, write }))
      return reply.code(202).send({ status: 'accepted' })
    },
  )

  app.post(
    '/account/email/verification/confirm',
    {
      onRequest: app.refuseForeignOrigin,
      config: { ignoresCookie: true },
      schema: {
        tags: ['account'],
        operationId: 'verifyEmail',
        summary: 'Verify an e-mail address',
        description: 'Takes the code of the link in the e-mail; no sign-in needed.',
        security: open,
        body: EmailConfirmation,
        response: {
          204: Type.Null({ description: 'Verified.' }),
          ...problems(...withBody, 'cross_site_request', 'invalid_code', 'email_taken'),
        },
      },
    },
    async (request, reply) => {
      const at = app.now()
      const code = await codes.find(request.body.code, purpose, at)
      if (!code && (await joined(request, at))) return reply.code(204).send(null)
      const done =
        code?.email &&
        (await app.commitUnguarded([
          must(codes.redemptionWrite(code, purpose, at)),
          codes.removalWrite(code.user, purpose),
          must(identities.emailVerificationWrite(code.user, code.email, at)),
          ...request.eventWrites(code.user, 'email_verified', { actor: code.user }),
        ]))
      if (!done) throw new ApiError('invalid_code', 'The code is invalid or expired. Request a new link.')
      return reply.code(204).send(null)
    },
  )

  /** Makes the address of a code that of its account, verified; false when it is no such code. */
  async function joined(request: FastifyRequest<{ Body: Static<typeof EmailConfirmation> }>, at: number) {
    const code = await codes.find(request.body.code, 'join_email', at)
    if (!code?.email) return false
    const { user, email, owner } = code
    const done = await app
      .commitUnguarded([
        must(codes.redemptionWrite(code, 'join_email', at)),
        codes.removalWrite(user, 'join_email'),
        ...identities.renamingWrites(user, owner, { username: owner.username, email }, at),
        must(identities.emailVerificationWrite(user, email, at)),
        ...request.eventWrites(user, 'email_changed', { actor: user }),
        ...request.eventWrites(user, 'email_verified', { actor: user }),
      ])
      .catch(nameTaken)
    if (done) app.mail.notify(owner, emailChangedMessage(at))
    return done !== undefined
  }
}
export default email
