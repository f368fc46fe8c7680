import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { deviceTokens, tokensIn, withToken } from '../src/auth/devices.ts'
import type { Principal } from '../src/auth/principal.ts'
import { type Credential, writeCredential } from '../src/auth/secrets.ts'
import type { BoundWrite } from '../src/db/database.ts'
import { ApiError } from '../src/errors.ts'
import type { UserId } from '../src/ids.ts'
import { identityStore } from '../src/users/identity-store.ts'
import type { EventKind } from '../src/vocabulary.ts'

/** The tokens that an app holds. */
export interface Tokens {
  token: string
  token_type: 'Bearer'
  expires_in: number
  refresh_token: string
}

export type SignedInAnswer = Principal['user'] & { user: Principal['user']; device_token: string } & Tokens

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Signs a user in, after any kind of proof: a new session, its event, its cookie, and a token for the device.
     * @param before writes for the same batch (a new account).
     * @param known the hash of the password that this sign-in leaves, and the device's id if it was known before.
     * @throws {Conflict} of these writes.
     * @throws {ApiError} `invalid_credentials` (`unavailable` after a sign-up) when the user is gone or disabled.
     */
    signIn(
      request: FastifyRequest,
      reply: FastifyReply,
      user: UserId,
      kind: Extract<EventKind, 'signed_up' | 'signed_in'>,
      before?: readonly BoundWrite<unknown>[],
      known?: { passwordHash: string | null; device?: string | undefined },
    ): Promise<SignedInAnswer>
    /** The tokens for a session. */
    tokensFor(credential: Credential): Tokens
  }
  interface FastifyRequest {
    /**
     * The id of the device that sends the request, when it has signed in to the account since its password was set.
     * @param presented a token in the body; the cookie counts too.
     */
    knownDevice(user: UserId, passwordHash: string | null, presented?: string): string | undefined
  }
}

/** How long a browser remembers that it has signed in: a year, in ms. */
const deviceLifetimeMs = 365 * 86_400_000

/**
 * @param deviceKeys of the server, for the tokens of devices, the current one first.
 */
export default fp<{ deviceKeys: readonly [Buffer, ...Buffer[]] }>(
  async (app, { deviceKeys }) => {
    const { sessions } = app
    const identities = identityStore(app.database)
    const devices = deviceTokens(deviceKeys)

    app.decorateRequest('knownDevice', function (this: FastifyRequest, user, passwordHash, presented = '') {
      const tokens = [...tokensIn(presented), ...this.ownCookies('device').flatMap(tokensIn)]
      return devices.known(tokens, user, passwordHash)
    })

    app.decorate('tokensFor', credential => ({
      token: app.accessTokens.sign({ sub: credential.user, sid: credential.session }),
      token_type: 'Bearer' as const,
      expires_in: app.accessTokens.seconds,
      refresh_token: writeCredential(credential),
    }))

    app.decorate('signIn', async (request, reply, user, kind, before = [], known) => {
      const now = app.now()
      // Read before the batch: a token for the password of an earlier moment is worth nothing.
      const passwordHash = known ? known.passwordHash : ((await identities.passwordHash(user)) ?? null)
      const session = sessions.begin(user, now, request.source)
      const events = request.eventWrites(user, kind, { actor: user, target: session.id })
      await app.commitUnguarded([...before, ...session.writes, ...events])
      const principal = await sessions.find(user, session.id, now)
      if (!principal) throw new ApiError(kind === 'signed_up' ? 'unavailable' : 'invalid_credentials')
      reply.setSessionCookie({ user, session: session.id, secret: session.cookie })
      const device = devices.issue(user, passwordHash, known?.device)
      reply.setOwnCookie('device', withToken(request.ownCookies('device')[0], device), deviceLifetimeMs)
      const tokens = app.tokensFor({ user, session: session.id, secret: session.refreshSecret })
      return { ...principal.user, user: principal.user, ...tokens, device_token: device }
    })
  },
  { name: 'sign-in', dependencies: ['access-tokens', 'audit', 'authentication', 'clock', 'db', 'network'] },
)
