import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Principal } from '../src/auth/principal.ts'
import type { BoundWrite, Commit, WritableDatabase } from '../src/db/database.ts'
import { ApiError } from '../src/errors.ts'
import { identityStore } from '../src/users/identity-store.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Writes for the sender of the request, who must be allowed to when the batch commits: the body may have arrived
     * long after the headers, and the session, the token or the role be gone by then (docs/decisions/guarded-batches.md).
     * @throws {ApiError} what the guard of the route throws by then (401, 403); then nothing is written.
     */
    readonly commit: Commit
  }
}

/** Every batch of a signed-in user carries the guard that the user may still write it. */
export default fp<{ database: WritableDatabase }>(
  async (app, { database }) => {
    const { sessions, personalTokens } = app
    const identities = identityStore(database)

    app.decorateRequest('commit', {
      getter() {
        return async (writes, relation) => {
          if (this.provenPassword) return commitProven(this, writes)
          for (;;) {
            const { role } = this.principal.user
            const written = await database.atomic(writes, relation, guardWrite(this.principal))
            if (written) return written
            await app.reauthorize(this)
            // Otherwise it was another guard of the batch; one who was only promoted gets another try.
            if (this.principal.user.role === role) return undefined
          }
        }
      },
    })

    /** With a guard more: a password that was changed meanwhile proves nothing. */
    async function commitProven(request: FastifyRequest, writes: readonly BoundWrite<unknown>[]) {
      const { provenPassword, principal } = request
      const { id } = principal.user
      const proven = identities.passwordGuardWrite(id, provenPassword)
      const written = await database.atomic([proven, ...writes], undefined, guardWrite(principal))
      if (written) return written.slice(1) as never
      await app.reauthorize(request)
      if ((await identities.passwordHash(id)) !== provenPassword) throw new ApiError('wrong_password')
      return undefined
    }

    function guardWrite({ user, session, token }: Principal): BoundWrite<unknown> {
      return session
        ? sessions.guardWrite(user.id, session.id, user.role)
        : personalTokens.guardWrite(user.id, token, user.role)
    }
  },
  { name: 'guarded-commit', dependencies: ['authentication', 'authorization', 'db'] },
)
