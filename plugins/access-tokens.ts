import jwt, { type FastifyJWTOptions } from '@fastify/jwt'
import fp from 'fastify-plugin'
import { v4 as uuidv4 } from 'uuid'
import { deriveKey, isUuid } from '../src/auth/secrets.ts'
import type { SessionId, UserId } from '../src/ids.ts'
import { recentValues } from '../src/recent-values.ts'

/** Tolerated difference between the clocks of two nodes. */
const clockToleranceSeconds = 5
const issuer = 'moodstreak'

export interface AccessClaims {
  /** The user. */
  sub: UserId
  /** The session, which decides whether the token is still valid. */
  sid: SessionId
}

declare module 'fastify' {
  interface FastifyInstance {
    accessTokens: {
      /** Lifetime of a token. */
      seconds: number
      /** A token for a session, valid for `seconds`. */
      sign(claims: AccessClaims): string
      /** The claims of a token, or undefined when it is not one of ours or no longer valid. Never throws. */
      verify(token: string): AccessClaims | undefined
    }
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    namespaces: 'current' | 'previous'
  }
}

export interface AccessTokenOptions {
  /** Signs, and verifies what it has signed. */
  secret: string
  /** Verifies only: tokens that it signed before `secret` replaced it stay valid until they expire. */
  previousSecret: string | undefined
  /** Lifetime of a token, in seconds. One that was made for longer is refused. */
  lifetime: number
}

/** Short-lived access JWTs (RFC 9068) with one algorithm; every one of them is also checked against the database. */
export default fp<AccessTokenOptions>(
  async (app, { secret, previousSecret, lifetime }) => {
    await app.register(jwt, { namespace: 'current', ...tokensOf(secret) })
    if (previousSecret !== undefined) await app.register(jwt, { namespace: 'previous', ...tokensOf(previousSecret) })
    const { current, previous } = app.jwt
    /** By the header of a token, which is always the same text for a key: it chooses one, and can say nothing else. */
    const verifiers = new Map(
      [previous, current].filter(key => key !== undefined).map(key => [headerOf(key.sign({})), key]),
    )
    const seconds = () => Math.floor(app.now() / 1000)
    /** Tokens with a verified signature, which stays valid; the rest is checked each time. */
    const genuine = recentValues<Genuine>()

    function verify(token: string): Genuine | undefined {
      if (!isOnlySpelling(token)) return undefined
      const claims = claimsOf(verifiers.get(headerOf(token))?.verify(token) ?? {})
      if (claims) genuine.set(token, claims)
      return claims
    }

    app.decorate('accessTokens', {
      seconds: lifetime,
      sign: ({ sub, sid }) => current.sign({ sub, sid, jti: uuidv4(), iat: seconds(), exp: seconds() + lifetime }),
      verify(token) {
        try {
          const claims = genuine.get(token) ?? verify(token)
          return claims && isCurrent(claims, lifetime, seconds()) ? claims : undefined
        } catch {
          // Whatever fast-jwt objects to, the answer is the same.
          return undefined
        }
      },
    })
  },
  { name: 'access-tokens', dependencies: ['clock'] },
)

/** The options of `@fastify/jwt` for the tokens that a secret signs. */
function tokensOf(secret: string) {
  return {
    secret,
    sign: {
      algorithm: 'HS256',
      header: { alg: 'HS256', typ: 'at+jwt', kid: kidOf(secret) },
      iss: issuer,
      aud: issuer,
    },
    verify: {
      algorithms: ['HS256'],
      checkTyp: 'at+jwt',
      allowedIss: issuer,
      allowedAud: issuer,
      requiredClaims: ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'],
      // Checked below, by the injected clock and together with the lifetime.
      ignoreExpiration: true,
      ignoreNotBefore: true,
    },
  } satisfies FastifyJWTOptions
}

function headerOf(token: string): string {
  return token.slice(0, token.indexOf('.'))
}

/** The id of the key that a token is signed with; it reveals nothing about the key. */
function kidOf(secret: string): string {
  return deriveKey(secret, 'kid').toString('base64url').slice(0, 8)
}

/**
 * The last character of a signature, which stands for four of its bits, has two more: with others it would be the same
 * signature in another spelling.
 */
function isOnlySpelling(token: string): boolean {
  return /[AEIMQUYcgkosw048]$/.test(token)
}

/** The claims of a token with a good signature; times in seconds. */
interface Genuine extends AccessClaims {
  from: number
  to: number
  notBefore: number
}

/** The claims of a payload, or undefined when it is not what `sign` would have written. */
function claimsOf({ sub, sid, jti, iat, exp, nbf = iat }: Record<string, unknown>): Genuine | undefined {
  if (!isUuid(jti) || !isUuid(sub) || !isUuid(sid) || ![iat, exp, nbf].every(Number.isInteger)) return undefined
  const [from, to, notBefore] = [iat, exp, nbf] as [number, number, number]
  return { sub: sub as UserId, sid: sid as SessionId, from, to, notBefore }
}

/** Whether a token is valid at a time, and was not made for longer than tokens are. */
function isCurrent({ from, to, notBefore }: Genuine, lifetime: number, now: number): boolean {
  const begun = Math.max(from, notBefore) <= now + clockToleranceSeconds
  return begun && now < to && to <= from + lifetime
}
