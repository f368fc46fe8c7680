import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify'
import type { PrincipalBySession } from '../../src/auth/principal.ts'
import { refreshing } from '../../src/auth/refreshing.ts'
import { type Credential, readCredential } from '../../src/auth/secrets.ts'
import type { Subject } from '../../src/auth/throttle-rules.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { fold } from '../../src/fold.ts'
import type { ErrorCode } from '../../src/http/problem-details.ts'
import { ref } from '../../src/http/typebox.ts'
import { userStore } from '../../src/users/users.ts'
import { guarded, open, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { Login, Refresh, SignedIn, Tokens, User, UserOrTokenOwner } from './schemas.ts'

export interface SignInOptions {
  /** The server's keys for the seals of refresh secrets, the current one first. */
  sealKeys: readonly [Buffer, ...Buffer[]]
}

/** The errors of a route that signs somebody in. */
export const signInErrors = ['too_busy', 'cross_site_request'] as const satisfies ErrorCode[]

/** The options of a route that signs somebody in, whatever cookie a browser sends along. */
export const signInRoute = (
  app: FastifyInstance,
  limit: 'signup' | 'login' | 'refresh',
  more: Pick<FastifyContextConfig, 'sparesKnownDevices'> = {},
) => ({
  onRequest: app.refuseForeignOrigin,
  config: { ignoresCookie: true, limit, ...more },
})

/** Sign-in, refresh, sign-out, and the authenticated user. */
const signIn: FastifyPluginAsyncTypebox<SignInOptions> = async (app, options) => {
  const users = userStore(app.database)
  const { sessions } = app
  const refresh = refreshing(app.database, app.commitUnguarded, options.sealKeys)

  app.post(
    '/login',
    {
      ...signInRoute(app, 'login', { sparesKnownDevices: true }),
      preValidation: refuseSurplusStrangers,
      schema: {
        tags: ['sign-in'],
        operationId: 'signIn',
        summary: 'Sign in',
        description:
          'With `username` (an e-mail address works too) or `email`. All failures look alike; after five for one name you have to wait. A device that has signed in before has five of its own: it sends the cookie or the `device_token` that it got then.',
        security: open,
        body: Login,
        response: {
          200: sends(ref(SignedIn, 'Signed in.'), 'Set-Cookie'),
          ...problems(...withBody, ...signInErrors, 'invalid_credentials'),
        },
      },
    },
    async (request, reply) => {
      const { username, email, password, device_token: presented } = request.body
      const name = username ?? email
      if (name === undefined || (username !== undefined && email !== undefined)) {
        throw new ApiError('invalid_request', 'exactly one of username and email is required')
      }
      const login = await users.findLogin(name)
      const device = login && request.knownDevice(login.id, login.passwordHash, presented)
      if (device === undefined) request.refuseSurplus()
      const subject: Subject =
        device === undefined ? { kind: 'name', name: fold(name) } : { kind: 'device', name: `${login?.id} ${device}` }
      // By name for strangers: one account for its username and its address would tell which belong together.
      const isKnown = device !== undefined
      const owner = { network: request.network, account: isKnown ? login?.id : fold(name), isKnown }
      const right = await app.throttle.guess(request, subject, () =>
        app.passwords.verify(password, login?.passwordHash, owner),
      )
      if (!login?.passwordHash || !right) {
        // Not awaited: its duration must not reveal that the account exists.
        if (login) app.commitUnguarded(request.eventWrites(login.id, 'sign_in_failed')).catch(() => {})
        throw new ApiError('invalid_credentials')
      }

      const passwordHash = await app.passwords.renewed(password, login.passwordHash, owner)
      const admission = must(users.admissionWrite(login.id, login.passwordHash, passwordHash))
      return app.signIn(request, reply, login.id, 'signed_in', [admission], { passwordHash, device })
    },
  )

  app.post(
    '/refresh',
    {
      ...signInRoute(app, 'refresh'),
      schema: {
        tags: ['sign-in'],
        operationId: 'refreshTokens',
        summary: 'Refresh the access token',
        description:
          'Exchanges a refresh token for the next pair. Each one works once: a retry within 10 seconds gets the same pair (the response was lost); a later reuse ends the session (the token was stolen).',
        security: open,
        body: Refresh,
        response: {
          200: ref(Tokens, 'The next pair of tokens.'),
          ...problems(...withBody, 'cross_site_request', 'invalid_token'),
        },
      },
    },
    async request => {
      const credential = readCredential(request.body.refresh_token)
      const successor = credential && (await refresh(credential, app.now(), alarm(request, credential)))
      const living = successor && credential && (await sessions.find(credential.user, credential.session, app.now()))
      if (!living) throw new ApiError('invalid_token', 'The refresh token is invalid or expired. Sign in again.')
      return app.tokensFor({ ...credential, secret: successor })
    },
  )

  app.get(
    '/me',
    {
      onRequest: app.authenticate,
      schema: {
        tags: ['sign-in'],
        operationId: 'getCurrentUser',
        summary: 'Get the authenticated user',
        description:
          'Accepts any credential. If there is an `Authorization` header, even a bad one, the cookie is ignored.',
        security: signedIn,
        response: { 200: withReceipt(ref(User, 'The account.'), UserOrTokenOwner), ...problems(...guarded) },
      },
    },
    async (request, reply) => {
      const { user } = request.principal
      return reply.resourceOrReceipt(
        'profile:read',
        () => user,
        () => ({ id: user.id, username: user.username, role: user.role }),
      )
    },
  )

  app.get(
    '/check_session',
    {
      schema: {
        tags: ['sign-in'],
        operationId: 'checkSession',
        summary: 'Get the user of the session cookie',
        description: 'For browser clients on page load. Only the cookie counts; 401 when signed out.',
        security: [{ cookie: [] }],
        response: { 200: ref(User, 'The account.'), ...problems('authentication_required') },
      },
    },
    async (request, reply) => {
      const principal = await app.principalByCookie(request, reply)
      if (!principal) throw new ApiError('authentication_required')
      return principal.user
    },
  )

  app.delete(
    '/logout',
    {
      schema: {
        tags: ['sign-in'],
        operationId: 'signOut',
        summary: 'Sign out',
        description:
          'Ends the session of the token and that of the cookie, and clears the cookie. Always 204, signed in or not.',
        security: [...signedIn, {}],
        response: { 204: Type.Null({ description: 'Signed out.' }), ...problems(...withBody, 'cross_site_request') },
      },
    },
    async (request, reply) => {
      // Both, because a page that signs out with a token that has just expired means the cookie too.
      const byToken = await app.principalByAccessToken(request)
      const byCookie = app.isSameOrigin(request) ? await app.principalsByCookie(request) : []
      for (const principal of [...(byToken ? [byToken] : []), ...byCookie]) await end(principal, request)
      return reply.clearSessionCookie().code(204).send(null)
    },
  )

  function alarm(request: FastifyRequest, { user, session }: Credential) {
    return request.eventWrites(user, 'refresh_token_reused', { target: session })
  }

  async function end({ user, session }: PrincipalBySession, request: FastifyRequest) {
    const events = request.eventWrites(user.id, 'signed_out', { actor: user.id, target: session.id })
    // Presented twice at once, it ends the session once, with one event.
    await app.commitUnguarded([must(sessions.endWrite(user.id, session.id)), ...events])
  }
}
export default signIn

/** Of surplus requests only those are looked at that present a device. */
async function refuseSurplusStrangers(request: FastifyRequest) {
  const { device_token: presented } = (request.body ?? {}) as { device_token?: unknown }
  if (presented === undefined && request.ownCookies('device').length === 0) request.refuseSurplus()
}
