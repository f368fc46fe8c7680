import fp from 'fastify-plugin'
import type { Principal } from '../src/auth/principal.ts'
import { type Credential, writeCredential } from '../src/auth/secrets.ts'
import type { BoundWrite } from '../src/db/database.ts'
import { ApiError } from '../src/errors.ts'
import type { UserId } from '../src/ids.ts'
import type { EventKind } from '../src/vocabulary.ts'

/** The tokens that an app holds. */
export interface Tokens {
  token: string
  token_type: 'Bearer'
  expires_in: number
  refresh_token: string
}

export type SignedInAnswer = Principal['user'] & { user: Principal['user'] } & Tokens

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Signs a user in, after any kind of proof: a new session, its event and its cookie.
     * @param before writes for the same batch (a new account).
     * @throws {Conflict} of these writes.
     * @throws {ApiError} `invalid_credentials` (`edit_conflict` after a sign-up) when the user is gone or disabled.
     */
    signIn(
      request: FastifyRequest,
      reply: FastifyReply,
      user: UserId,
      kind: Extract<EventKind, 'signed_up' | 'signed_in'>,
      before?: readonly BoundWrite<unknown>[],
    ): Promise<SignedInAnswer>
    /** The tokens for a session. */
    tokensFor(credential: Credential): Tokens
  }
}

export default fp(
  async app => {
    const { sessions } = app

    app.decorate('tokensFor', credential => ({
      token: app.accessTokens.sign({ sub: credential.user, sid: credential.session }),
      token_type: 'Bearer' as const,
      expires_in: app.accessTokens.seconds,
      refresh_token: writeCredential(credential),
    }))

    app.decorate('signIn', async (request, reply, user, kind, before = []) => {
      const now = app.now()
      const session = sessions.begin(user, now, request.source)
      const event = request.eventWrite(user, kind, { actor: user, target: session.id })
      await app.commitUnguarded([...before, ...session.writes, event])
      const principal = await sessions.find(user, session.id, now)
      if (!principal) throw new ApiError(kind === 'signed_up' ? 'edit_conflict' : 'invalid_credentials')
      reply.setSessionCookie({ user, session: session.id, secret: session.cookie })
      const tokens = app.tokensFor({ user, session: session.id, secret: session.refreshSecret })
      return { ...principal.user, user: principal.user, ...tokens }
    })
  },
  { name: 'sign-in', dependencies: ['access-tokens', 'audit', 'auth', 'clock', 'db'] },
)
