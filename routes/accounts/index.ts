import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { PrincipalBySession } from '../../src/auth/principal.ts'
import { refreshing } from '../../src/auth/refreshing.ts'
import { type Credential, readCredential } from '../../src/auth/secrets.ts'
import type { SignupRole } from '../../src/config.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { fold } from '../../src/fold.ts'
import type { ErrorCode } from '../../src/http/problem-details.ts'
import { ref } from '../../src/http/typebox.ts'
import { newTimezone } from '../../src/moods/zones.ts'
import { userStore } from '../../src/users/users.ts'
import { guarded, open, problems, sends, signedIn, withBody } from '../wire.ts'
import accountRoutes from './account.ts'
import eventRoutes from './events.ts'
import exportRoutes from './export.ts'
import identityRoutes from './identities.ts'
import { defaultRole, nameTaken, usablePassword } from './names.ts'
import { Login, Refresh, SignedIn, Signup, Tokens, User } from './schemas.ts'
import sessionRoutes from './sessions.ts'
import tokenRoutes from './tokens.ts'

export interface AccountOptions {
  /** The server's keys for the seals of refresh secrets, the current one first. */
  sealKeys: readonly [Buffer, ...Buffer[]]
  /** The roles that may be chosen at sign-up. */
  signupRoles: readonly SignupRole[]
}

/** Sign-up, sign-in, refresh, sign-out, and the authenticated user. */
const accounts: FastifyPluginAsyncTypebox<AccountOptions> = async (app, options) => {
  const users = userStore(app.database)
  const { sessions } = app
  const refresh = refreshing(app.database, app.commitUnguarded, options.sealKeys)
  for (const schema of [User, SignedIn, Tokens]) app.addSchema(schema)

  const signInErrors: ErrorCode[] = ['too_busy', 'cross_site_request']
  const signInRoute = (limit: 'signup' | 'login' | 'refresh') => ({
    onRequest: app.refuseForeignOrigin,
    config: { ignoresCookie: true, limit },
  })

  app.post(
    '/signup',
    {
      ...signInRoute('signup'),
      schema: {
        tags: ['sign-in'],
        operationId: 'signUp',
        summary: 'Sign up',
        description: 'Creates an account and signs in: returns tokens for apps and sets a session cookie for browsers.',
        security: open,
        body: Signup,
        response: {
          201: sends(ref(SignedIn, 'The new account and its tokens.'), 'Set-Cookie'),
          ...problems(
            ...withBody,
            ...signInErrors,
            'password_too_common',
            'role_not_allowed',
            'username_taken',
            'email_taken',
            'edit_conflict',
          ),
        },
      },
    },
    async (request, reply) => {
      const {
        password,
        password_confirmation: confirmation,
        role = defaultRole(options.signupRoles),
        ...body
      } = request.body
      await usablePassword('password', password, body)
      if (confirmation !== undefined && confirmation !== password)
        throw new ApiError('invalid_request', 'password_confirmation must equal password')
      if (!options.signupRoles.includes(role)) throw new ApiError('role_not_allowed')

      const user = users.create(
        {
          username: body.username,
          email: body.email ?? null,
          firstName: body.first_name ?? null,
          lastName: body.last_name ?? null,
          timezone: newTimezone(body.timezone ?? undefined) ?? null,
          role,
          passwordHash: await app.passwords.hash(password, request.network),
        },
        app.now(),
      )
      const signedIn = await app.signIn(request, reply, user.id, 'signed_up', user.writes).catch(nameTaken)
      return reply.code(201).header('Location', '/me').send(signedIn)
    },
  )

  app.post(
    '/login',
    {
      ...signInRoute('login'),
      schema: {
        tags: ['sign-in'],
        operationId: 'signIn',
        summary: 'Sign in',
        description:
          'With `username` (an e-mail address works too) or `email`. All failures look alike; after five for one name you have to wait.',
        security: open,
        body: Login,
        response: {
          200: sends(ref(SignedIn, 'Signed in.'), 'Set-Cookie'),
          ...problems(...withBody, ...signInErrors, 'invalid_credentials'),
        },
      },
    },
    async (request, reply) => {
      const { username, email, password } = request.body
      const name = username ?? email
      if (name === undefined || (username !== undefined && email !== undefined)) {
        throw new ApiError('invalid_request', 'either username or email is required, and only one of them')
      }
      const attempt = await app.throttle.attempt(request, { kind: 'name', name: fold(name) })
      const login = await users.findLogin(name)
      const right = await app.passwords.verify(password, login?.passwordHash, request.network).catch(attempt.withdraw)
      if (!login?.passwordHash || !right) {
        // Not awaited: its duration must not reveal that the account exists.
        if (login) app.commitUnguarded([request.eventWrite(login.id, 'sign_in_failed')]).catch(() => {})
        throw new ApiError('invalid_credentials')
      }

      const renewed = await app.passwords.renewed(password, login.passwordHash, request.network)
      const admission = must(users.admissionWrite(login.id, login.passwordHash, renewed))
      return app.signIn(request, reply, login.id, 'signed_in', [...attempt.successWrites(), admission])
    },
  )

  app.post(
    '/refresh',
    {
      ...signInRoute('refresh'),
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
      if (!living) throw new ApiError('invalid_token', 'The refresh token is not valid, or no longer. Sign in again.')
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
        response: { 200: ref(User, 'The account.'), ...problems(...guarded) },
      },
    },
    async request => request.principal.user,
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
    async request => {
      const principal = await app.principalByCookie(request)
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
      const byCookie = app.isSameOrigin(request) ? app.principalByCookie(request) : undefined
      for (const principal of await Promise.all([app.principalByAccessToken(request), byCookie])) {
        if (principal) await end(principal, request)
      }
      return reply.clearSessionCookie().code(204).send(null)
    },
  )

  await app.register(accountRoutes)
  await app.register(sessionRoutes)
  await app.register(eventRoutes)
  await app.register(exportRoutes)
  await app.register(tokenRoutes)
  await app.register(identityRoutes)

  function alarm(request: FastifyRequest, { user, session }: Credential) {
    return request.eventWrite(user, 'refresh_token_reused', { target: session })
  }

  async function end({ user, session }: PrincipalBySession, request: FastifyRequest) {
    const event = request.eventWrite(user.id, 'signed_out', { actor: user.id, target: session.id })
    // Presented twice at once, it ends the session once, with one event.
    await app.commitUnguarded([must(sessions.endWrite(user.id, session.id)), event])
  }
}
export default accounts
