import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { signUpGate } from '../../src/auth/invitations.ts'
import type { PrincipalBySession } from '../../src/auth/principal.ts'
import { refreshing } from '../../src/auth/refreshing.ts'
import { type Credential, hashSecret, readCredential } from '../../src/auth/secrets.ts'
import type { Subject } from '../../src/auth/throttle.ts'
import type { SignupMode, SignupRole } from '../../src/config.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { fold } from '../../src/fold.ts'
import type { ErrorCode } from '../../src/http/problem-details.ts'
import { ref } from '../../src/http/typebox.ts'
import { newTimezone } from '../../src/moods/zones.ts'
import { userStore } from '../../src/users/users.ts'
import { guarded, open, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import accountRoutes, { type Hiding } from './account.ts'
import eventRoutes from './events.ts'
import exportRoutes from './export.ts'
import identityRoutes from './identities.ts'
import { emailJoining } from './joining-email.ts'
import { defaultRole, nameTaken, usablePassword } from './names.ts'
import { Login, Refresh, SignedIn, Signup, TokenOwner, Tokens, User, UserOrTokenOwner } from './schemas.ts'
import sessionRoutes from './sessions.ts'
import tokenRoutes from './tokens.ts'

export interface AccountOptions extends Hiding {
  /** The server's keys for the seals of refresh secrets, the current one first. */
  sealKeys: readonly [Buffer, ...Buffer[]]
  /** The roles that may be chosen at sign-up. */
  signupRoles: readonly SignupRole[]
  /** Who may sign up. */
  signup: SignupMode
}

/** Sign-up, sign-in, refresh, sign-out, and the authenticated user. */
const accounts: FastifyPluginAsyncTypebox<AccountOptions> = async (app, options) => {
  const users = userStore(app.database)
  const { sessions } = app
  const refresh = refreshing(app.database, app.commitUnguarded, options.sealKeys)
  for (const schema of [User, TokenOwner, UserOrTokenOwner, SignedIn, Tokens]) app.addSchema(schema)

  const joining = emailJoining(app, options.appUrl)
  const gate = signUpGate(app.database, options.signup)

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
        description:
          'Creates an account and signs in: returns tokens for apps and sets a session cookie for browsers. A server can require an `invitation`. With `HIDE_ACCOUNTS` the answer has no `email`: the address joins the account when the link sent to it is confirmed.',
        security: open,
        body: Signup,
        response: {
          201: sends(ref(SignedIn, 'The new account and its tokens.'), 'Set-Cookie'),
          ...problems(
            ...withBody,
            ...signInErrors,
            'password_too_common',
            'role_not_allowed',
            'sign_up_closed',
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
        invitation,
        ...body
      } = request.body
      const invited = invitation === undefined ? null : hashSecret(invitation)
      const admission = await gate.admissionWrites(invited, app.now())
      await usablePassword('password', password, body)
      if (confirmation !== undefined && confirmation !== password)
        throw new ApiError('invalid_request', 'password_confirmation must match password')
      if (!options.signupRoles.includes(role)) throw new ApiError('role_not_allowed')

      const passwordHash = await app.passwords.hash(password, { network: request.network })
      const pendingEmail = options.hideAccounts ? (body.email ?? null) : null
      const user = users.create(
        {
          username: body.username,
          email: pendingEmail === null ? (body.email ?? null) : null,
          firstName: body.first_name ?? null,
          lastName: body.last_name ?? null,
          timezone: newTimezone(body.timezone ?? undefined) ?? null,
          role,
          passwordHash,
        },
        app.now(),
      )
      const joins = pendingEmail === null ? undefined : joining.begin(user.id, pendingEmail, app.now())
      const signedIn = await app
        .signIn(request, reply, user.id, 'signed_up', [...admission, ...user.writes, ...(joins?.writes ?? [])], {
          passwordHash,
        })
        .catch(gate.explain)
        .catch(nameTaken)
      if (joins) app.mail.sendIfPossible(joins.draft)
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
      const subject: Subject =
        device === undefined ? { kind: 'name', name: fold(name) } : { kind: 'device', name: `${login?.id} ${device}` }
      // By name for strangers: one account for its username and its address would tell which belong together.
      const owner = { network: request.network, account: device === undefined ? fold(name) : login?.id }
      const guess = await app.throttle.guess(request, subject, () =>
        app.passwords.verify(password, login?.passwordHash, owner),
      )
      if (!login?.passwordHash || !guess.right) {
        // Not awaited: its duration must not reveal that the account exists.
        if (login) app.commitUnguarded([request.eventWrite(login.id, 'sign_in_failed')]).catch(() => {})
        throw new ApiError('invalid_credentials')
      }

      const passwordHash = await app.passwords.renewed(password, login.passwordHash, owner)
      const admission = must(users.admissionWrite(login.id, login.passwordHash, passwordHash))
      const before = [...guess.successWrites(), admission]
      return app.signIn(request, reply, login.id, 'signed_in', before, { passwordHash, device })
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

  await app.register(accountRoutes, options)
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
