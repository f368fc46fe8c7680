import jwt from '@fastify/jwt'
import fp from 'fastify-plugin'
import { LRUCache } from 'lru-cache'
import { isUuid } from '../src/auth/secrets.ts'
import { accessTokenSeconds } from '../src/auth/sessions.ts'

/** By how much (seconds) the clocks of two nodes may differ. */
const clockTolerance = 5
const issuer = 'moodstreak'

export interface AccessClaims {
  /** The user. */
  sub: string
  /** The session, which decides whether the token still counts. */
  sid: string
}

declare module 'fastify' {
  interface FastifyInstance {
    accessTokens: {
      /** A token for a session, good for `accessTokenSeconds`. */
      sign(claims: AccessClaims): string
      /** Whom a token is for, or undefined when it is not one of ours or no longer good. Never throws. */
      verify(token: string): AccessClaims | undefined
    }
  }
}

/** Short-lived access JWTs (RFC 9068) with one algorithm; the database has the last word on every one of them. */
export default fp<{ secret: string }>(
  async (app, { secret }) => {
    await app.register(jwt, {
      secret,
      sign: { algorithm: 'HS256', header: { alg: 'HS256', typ: 'at+jwt' }, iss: issuer, aud: issuer },
      verify: {
        algorithms: ['HS256'],
        checkTyp: 'at+jwt',
        allowedIss: issuer,
        allowedAud: issuer,
        requiredClaims: ['iss', 'aud', 'sub', 'sid', 'iat', 'exp'],
        // Judged below, by the injected clock and together with the lifetime.
        ignoreExpiration: true,
        ignoreNotBefore: true,
        complete: true,
      },
    })
    const seconds = () => Math.floor(app.now() / 1000)
    /** Tokens whose signature was good: it stays good, and the rest is judged each time. */
    const genuine = new LRUCache<string, Verified>({ max: 10_000 })

    const verify = (token: string) => {
      const verified = app.jwt.verify<Verified>(token)
      genuine.set(token, verified)
      return verified
    }

    app.decorate('accessTokens', {
      sign: ({ sub, sid }) => app.jwt.sign({ sub, sid, iat: seconds(), exp: seconds() + accessTokenSeconds }),
      verify(token) {
        try {
          return claimsOf(genuine.get(token) ?? verify(token), seconds())
        } catch {
          // Whatever fast-jwt dislikes about a stranger's string, the answer to the stranger is the same.
          return undefined
        }
      },
    })
  },
  { name: 'access-tokens', dependencies: ['clock'] },
)

interface Verified {
  header: Record<string, unknown>
  payload: Record<string, unknown>
}

/** The claims of a token with a good signature, or undefined when it is not what `sign` would have written. */
function claimsOf({ header, payload }: Verified, now: number): AccessClaims | undefined {
  const { sub, sid, iat, exp, nbf = iat } = payload
  if (Object.keys(header).some(name => name !== 'alg' && name !== 'typ')) return undefined
  if (!isUuid(sub) || !isUuid(sid) || ![iat, exp, nbf].every(Number.isInteger)) return undefined
  const [from, to, notBefore] = [iat, exp, nbf] as [number, number, number]
  const begun = Math.max(from, notBefore) <= now + clockTolerance
  return begun && now < to && to <= from + accessTokenSeconds ? { sub, sid } : undefined
}
