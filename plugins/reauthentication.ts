import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiError } from '../src/errors.ts'
import { identityStore } from '../src/users/identity-store.ts'

/** How long after somebody has proved who they are it needs no second proof. */
const stepUpMaxAgeMs = 10 * 60_000

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Makes sure that it is the owner who asks for something that could be turned against them, and not whoever holds
     * their unlocked phone: by the password, or by a sign-in that is younger than ten minutes.
     * @param password when it is sent, it must be right, however young the sign-in.
     * @throws {ApiError} `wrong_password`, `reauthentication_required`, `too_many_requests`.
     */
    confirmOwner(password?: string): Promise<void>
  }
}

export default fp(
  async app => {
    const identities = identityStore(app.database)

    app.decorateRequest('confirmOwner', async function (this: FastifyRequest, password) {
      const { user } = this.principal
      if (password === undefined) {
        const { createdAt, confirmedAt } = this.session
        const proved = (confirmedAt ?? createdAt).getTime()
        if (app.now() - proved >= stepUpMaxAgeMs) throw new ApiError('reauthentication_required')
        return
      }
      const attempt = await app.throttle.attempt(this, { kind: 'user', name: user.id })
      const hash = await identities.passwordHash(user.id)
      const right = await app.passwords.verify(password, hash, this.network).catch(attempt.withdraw)
      if (!right) throw new ApiError('wrong_password')
      await app.database.atomic(attempt.successWrites())
    })
  },
  { name: 'reauthentication', dependencies: ['auth', 'clock', 'db', 'passwords', 'throttle'] },
)
