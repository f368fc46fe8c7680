import jwt from '@fastify/jwt'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import { v4 as uuidv4 } from 'uuid'
import { deriveKey, isUuid } from '../src/auth/secrets.ts'
import type { SessionId, UserId } from '../src/ids.ts'

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
    const registerKey = (namespace: 'current' | 'previous', key: string) =>
      app.register(jwt, {
        secret: key,
        namespace,
        sign: {
          algorithm: 'HS256',
          header: { alg: 'HS256', typ: 'at+jwt', kid: kidOf(key) },
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
          complete: true,
        },
      })
    await registerKey('current', secret)
    const namespaces = new Map<unknown, 'current' | 'previous'>()
    if (previousSecret !== undefined) {
      await registerKey('previous', previousSecret)
      namespaces.set(kidOf(previousSecret), 'previous')
    }
    // Last, in case both are the same.
    namespaces.set(kidOf(secret), 'current')
    const seconds = () => Math.floor(app.now() / 1000)
    /** Tokens with a verified signature, which stays valid; the rest is checked each time. */
    const genuine = new LRUCache<string, Verified>({ max: 10_000 })

    /** The key that a token names; only where there is a choice, as reading the name costs as much as checking it. */
    const signerOf = (token: string) => {
      if (namespaces.size === 1) return 'current'
      const { header } = app.jwt.current.decode<Verified>(token, { complete: true }) as Verified
      return namespaces.get(header.kid) ?? 'current'
    }
    const verify = (token: string) => {
      if (!isOnlySpelling(token)) throw new Error('not as it was signed')
      const verified = app.jwt[signerOf(token)].verify<Verified>(token)
      genuine.set(token, verified)
      return verified
    }

    app.decorate('accessTokens', {
      seconds: lifetime,
      sign: ({ sub, sid }) =>
        app.jwt.current.sign({ sub, sid, jti: uuidv4(), iat: seconds(), exp: seconds() + lifetime }),
      verify(token) {
        try {
          return claimsOf(genuine.get(token) ?? verify(token), { kids: namespaces, lifetime, now: seconds() })
        } catch {
          // Whatever fast-jwt objects to, the answer is the same.
          return undefined
        }
      },
    })
  },
  { name: 'access-tokens', dependencies: ['clock'] },
)

const headerNames = new Set(['alg', 'typ', 'kid'])

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

interface Verified {
  header: Record<string, unknown>
  payload: Record<string, unknown>
}

/** The claims of a token with a good signature, or undefined when it is not what `sign` would have written. */
function claimsOf(
  { header, payload }: Verified,
  { kids, lifetime, now }: { kids: ReadonlyMap<unknown, unknown>; lifetime: number; now: number },
): AccessClaims | undefined {
  const { sub, sid, jti, iat, exp, nbf = iat } = payload
  if (!kids.has(header.kid) || Object.keys(header).some(name => !headerNames.has(name))) return undefined
  if (!isUuid(jti) || !isUuid(sub) || !isUuid(sid) || ![iat, exp, nbf].every(Number.isInteger)) return undefined
  const [from, to, notBefore] = [iat, exp, nbf] as [number, number, number]
  const begun = Math.max(from, notBefore) <= now + clockToleranceSeconds
  return begun && now < to && to <= from + lifetime ? { sub: sub as UserId, sid: sid as SessionId } : undefined
}
