import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { addressOf } from '../src/auth/principal.ts'
import { ApiError } from '../src/errors.ts'
import type { Message } from '../src/mail/messages.ts'
import { identityStore } from '../src/users/identity-store.ts'

/** How long a proof of identity lasts. */
const stepUpMaxAgeMs = 10 * 60_000

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Step-up authentication for sensitive actions, against someone with the owner's unlocked phone: requires the
     * password, or a sign-in younger than ten minutes.
     * @param password if sent, it must be right, however recent the sign-in.
     * What the request commits then is written only while that password is the one of the account.
     * @throws {ApiError} `wrong_password`, `reauthentication_required`, `too_many_requests`.
     */
    confirmOwner(password?: string): Promise<void>
    /** The stored form of the password that `confirmOwner` has verified; empty before. */
    provenPassword: string
    /** Tells the owner of an action on the account, at a verified address, if there is one. */
    notifyOwner(message: Message): void
  }
}

export default fp(
  async app => {
    const identities = identityStore(app.database)

    app.decorateRequest('provenPassword', '')
    app.decorateRequest('confirmOwner', async function (this: FastifyRequest, password) {
      const { user } = this.principal
      if (password === undefined) {
        const { createdAt, confirmedAt } = this.session
        const proved = (confirmedAt ?? createdAt).getTime()
        if (app.now() - proved >= stepUpMaxAgeMs) throw new ApiError('reauthentication_required')
        return
      }
      const right = await app.throttle.guess(this, { kind: 'user', name: user.id }, async () => {
        const hash = await identities.passwordHash(user.id)
        this.provenPassword = hash ?? ''
        return app.passwords.verify(password, hash, { network: this.network, account: user.id })
      })
      if (!right) throw new ApiError('wrong_password')
    })
    app.decorateRequest('notifyOwner', function (this: FastifyRequest, message) {
      const { user, settings } = this.principal
      app.mail.notify(addressOf({ user, settings }), message)
    })
  },
  { name: 'reauthentication', dependencies: ['authentication', 'clock', 'db', 'passwords', 'throttle'] },
)
