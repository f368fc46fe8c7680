import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isPersonalToken, readPersonalToken } from '../src/auth/personal-token.ts'
import { personalTokenStore } from '../src/auth/personal-tokens.ts'
import type { Principal, PrincipalBySession } from '../src/auth/principal.ts'
import { type Credential, matchesHash, readCredential, writeCredential } from '../src/auth/secrets.ts'
import { type SessionStore, sessionLifetimeMs, sessionStore } from '../src/auth/sessions.ts'
import { ApiError } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: SessionStore
    personalTokens: ReturnType<typeof personalTokenStore>
    /** Sets `request.principal`, or throws 401. */
    authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void>
    /** The valid session of a request by its cookie alone, or undefined. */
    principalByCookie(request: FastifyRequest, reply: FastifyReply): Promise<PrincipalBySession | undefined>
    /** All valid sessions of a request by cookie: a browser may send several cookies. */
    principalsByCookie(request: FastifyRequest): Promise<PrincipalBySession[]>
    /** The valid session of a request by its access token alone, or undefined. */
    principalByAccessToken(request: FastifyRequest): Promise<PrincipalBySession | undefined>
  }
  interface FastifyRequest {
    /** The sender of the request. Throws on a route without a guard. */
    readonly principal: Principal
    /** The session of the request. Throws on a route whose guard accepts personal access tokens. */
    readonly session: PrincipalBySession['session']
    [known]: Principal | undefined
  }
  interface FastifyReply {
    setSessionCookie(credential: Credential): FastifyReply
    clearSessionCookie(): FastifyReply
  }
}

const known = Symbol('principal')

export interface AuthenticationOptions {
  /** Of the server, for the seals of refresh secrets. */
  sealKey: Buffer
}

/**
 * Authentication. If there is an `Authorization` header, it alone decides, even an invalid one; otherwise the cookie
 * does. Each credential leads to a row (a session, a personal access token), read with its user in one statement on
 * every request: so ending it takes effect on the next request, on every node.
 */
export default fp<AuthenticationOptions>(
  async (app, { sealKey }) => {
    const sessions = sessionStore(app.database, sealKey)
    const personalTokens = personalTokenStore(app.database)

    app.decorate('sessions', sessions)
    app.decorate('personalTokens', personalTokens)
    app.decorate('principalByCookie', byCookie)
    app.decorate('principalsByCookie', allByCookie)
    app.decorate('principalByAccessToken', request => bySignedToken(bearerOf(request)))
    app.decorate('authenticate', authenticate)
    app.decorateRequest(known)
    app.decorateRequest('principal', {
      getter() {
        const principal = this[known]
        if (!principal) throw new Error(`${this.routeOptions.url} uses the principal without a guard`)
        return principal
      },
    })
    app.decorateRequest('session', {
      getter() {
        const { session } = this.principal
        if (!session) throw new Error(`${this.routeOptions.url} wants a session and lets personal tokens in`)
        return session
      },
    })
    app.decorateReply('setSessionCookie', function (this: FastifyReply, credential) {
      return this.setOwnCookie('session', writeCredential(credential), sessionLifetimeMs)
    })
    app.decorateReply('clearSessionCookie', function (this: FastifyReply) {
      return this.clearOwnCookie('session')
    })

    async function authenticate(request: FastifyRequest, reply: FastifyReply) {
      const { authorization } = request.headers
      const principal = await (authorization === undefined ? byCookie(request, reply) : byBearer(request))
      if (!principal)
        throw authorization === undefined
          ? new ApiError('authentication_required', howToSignIn)
          : badToken(app.accessTokens.seconds)
      request[known] = principal
    }

    function byBearer(request: FastifyRequest): Promise<Principal | undefined> {
      const token = bearerOf(request)
      return token !== undefined && isPersonalToken(token) ? byPersonalToken(token) : bySignedToken(token)
    }

    async function byPersonalToken(token: string): Promise<Principal | undefined> {
      const credential = readPersonalToken(token)
      const found = credential && (await personalTokens.find(credential, app.now()))
      if (!found) return undefined
      await ifPossible(personalTokens.noteUse(app.commitUnguarded, found.user.id, found.token, app.now()))
      return { user: found.user, settings: found.settings, token: found.token.id, scopes: found.token.scopes }
    }

    async function bySignedToken(token: string | undefined): Promise<PrincipalBySession | undefined> {
      const claims = token === undefined ? undefined : app.accessTokens.verify(token)
      const found = claims && (await sessions.find(claims.sub, claims.sid, app.now()))
      const noting = found && notingUse(found)
      if (noting) await noting
      return found
    }

    async function byCookie(request: FastifyRequest, reply: FastifyReply): Promise<PrincipalBySession | undefined> {
      for (const { value, isOld } of request.sentCookies('session')) {
        const living = await livingSession(value)
        if (!living) continue
        // An upgrade signs nobody out.
        if (isOld) {
          const endsAt = living.session.createdAt.getTime() + sessionLifetimeMs
          reply.setOwnCookie('session', value, endsAt - app.now())
        }
        await notingUse(living)
        return living
      }
      return undefined
    }

    async function allByCookie(request: FastifyRequest): Promise<PrincipalBySession[]> {
      const found = await Promise.all(request.ownCookies('session').map(livingSession))
      return found.filter(principal => principal !== undefined)
    }

    async function livingSession(cookie: string): Promise<PrincipalBySession | undefined> {
      const { user, session, secret } = readCredential(cookie) as Credential
      const found = await sessions.find(user, session, app.now())
      return found && matchesHash(secret, found.session.cookieHash) ? found : undefined
    }

    /** Undefined where there is nothing to wait for, as mostly. */
    function notingUse({ user, session }: PrincipalBySession): Promise<unknown> | undefined {
      const noting = sessions.noteUse(app.commitUnguarded, user.id, session, app.now())
      return noting && ifPossible(noting)
    }
  },
  { name: 'authentication', dependencies: ['clock', 'db', 'access-tokens', 'own-cookies'] },
)

/** The token of the header, or undefined when there is none. */
function bearerOf({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  return /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1]
}

/** The failure does not fail the request: a full disk can still be read. */
function ifPossible(noting: Promise<unknown>): Promise<unknown> {
  return noting.catch(() => {})
}

const howToSignIn = 'Sign in first: POST /login returns a token to send as Authorization: Bearer <token>.'

function badToken(lifetimeSeconds: number): ApiError {
  const minutes = lifetimeSeconds / 60
  return new ApiError(
    'invalid_token',
    `Send Authorization: Bearer <token>, with a personal token or an access token no older than ${minutes} minutes. POST /refresh or sign in again.`,
  )
}
