import cookie from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Credential, matchesHash, readCredential, writeCredential } from '../src/auth/secrets.ts'
import {
  accessTokenSeconds,
  type Principal,
  type SessionStore,
  sessionLifetime,
  sessionStore,
} from '../src/auth/sessions.ts'
import { ApiError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: SessionStore
    /** The guard of every private route: whoever sent the request is `request.principal`, or it is a 401. */
    authenticate(request: FastifyRequest): Promise<void>
    /** The living session of a request by its cookie alone, or undefined. */
    principalByCookie(request: FastifyRequest): Promise<Principal | undefined>
    /** The living session of a request by its bearer token alone, or undefined. */
    principalByBearer(request: FastifyRequest): Promise<Principal | undefined>
  }
  interface FastifyRequest {
    /** Who sent the request. Throws on a route without `app.authenticate`. */
    readonly principal: Principal
    [known]: Principal | undefined
  }
  interface FastifyReply {
    setSessionCookie(credential: Credential): FastifyReply
    clearSessionCookie(): FastifyReply
  }
}

const known = Symbol('principal')

export interface AuthOptions {
  /** `auto`: secure when the request came over https, or when people see the server at an https address. */
  cookieSecure: 'auto' | 'on' | 'off'
  publicUrl: string | undefined
  /** Of the server, for refresh secrets. */
  refreshKey: Buffer
}

/**
 * Who sent a request. An `Authorization` header decides alone, even a bad one; without it the cookie does. Both
 * lead to a session row, read with its user in one statement on every request: so whatever ends a session ends it for
 * the next request, on every node.
 */
export default fp<AuthOptions>(
  async (app, { cookieSecure, publicUrl, refreshKey }) => {
    await app.register(cookie)
    const sessions = sessionStore(app.database, refreshKey)
    const securePublicly = publicUrl?.startsWith('https:') ?? false
    const secure = (request: FastifyRequest) =>
      cookieSecure === 'auto' ? securePublicly || request.protocol === 'https' : cookieSecure === 'on'
    const cookieName = (request: FastifyRequest) => (secure(request) ? '__Host-session' : 'session')
    const cookieOptions = (request: FastifyRequest) =>
      ({ httpOnly: true, sameSite: 'lax', path: '/', secure: secure(request) }) as const

    app.decorate('sessions', sessions)
    app.decorate('principalByCookie', byCookie)
    app.decorate('principalByBearer', byBearer)
    app.decorate('authenticate', authenticate)
    app.decorateRequest(known)
    app.decorateRequest('principal', {
      getter() {
        const principal = this[known]
        if (!principal) throw new Error(`${this.routeOptions.url} uses the principal without app.authenticate`)
        return principal
      },
    })
    app.decorateReply('setSessionCookie', function (this: FastifyReply, credential: Credential) {
      const maxAge = sessionLifetime / 1000
      return this.setCookie(cookieName(this.request), writeCredential(credential), {
        ...cookieOptions(this.request),
        maxAge,
      })
    })
    app.decorateReply('clearSessionCookie', function (this: FastifyReply) {
      return this.clearCookie(cookieName(this.request), cookieOptions(this.request))
    })

    async function authenticate(request: FastifyRequest) {
      const byHeader = request.headers.authorization !== undefined
      const principal = await (byHeader ? byBearer(request) : byCookie(request))
      if (!principal) throw byHeader ? badToken() : new ApiError('authentication_required', howToSignIn)
      request[known] = principal
    }

    async function byBearer({ headers: { authorization = '' } }: FastifyRequest): Promise<Principal | undefined> {
      const token = /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1]
      const claims = token === undefined ? undefined : app.accessTokens.verify(token)
      return claims && sessions.find(claims.sub, claims.sid, app.now())
    }

    async function byCookie(request: FastifyRequest): Promise<Principal | undefined> {
      const credential = readCredential(request.cookies[cookieName(request)] ?? '')
      if (!credential) return undefined
      const principal = await sessions.find(credential.user, credential.session, app.now())
      return principal && matchesHash(credential.secret, principal.session.cookieHash) ? principal : undefined
    }
  },
  { name: 'auth', dependencies: ['clock', 'db', 'access-tokens'] },
)

const howToSignIn = 'Sign in first: POST /login answers a token to send as Authorization: Bearer <token>.'

function badToken(): ApiError {
  const minutes = accessTokenSeconds / 60
  return new ApiError(
    'invalid_token',
    `The header must be Authorization: Bearer <token>, with a token that is not older than ${minutes} minutes. POST /refresh or sign in again.`,
  )
}
