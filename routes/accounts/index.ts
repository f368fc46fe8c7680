import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { fitsBcrypt } from '../../src/auth/passwords.ts'
import { readCredential, writeCredential } from '../../src/auth/secrets.ts'
import { accessTokenSeconds, type NewSession, type Principal } from '../../src/auth/sessions.ts'
import type { SignupRole } from '../../src/config.ts'
import { Conflict } from '../../src/db/database.ts'
import { ApiError, type ErrorCode } from '../../src/errors.ts'
import { ref } from '../../src/typebox.ts'
import { userStore } from '../../src/users/users.ts'
import { guarded, problems, signedIn, withBody } from '../wire.ts'
import { Login, Refresh, SignedIn, Signup, Tokens, User } from './schemas.ts'

export interface AccountOptions {
  /** The roles that may be chosen at sign-up. */
  signupRoles: readonly SignupRole[]
}

/** Sign up, sign in, stay signed in, sign out, and ask who one is. */
const accounts: FastifyPluginAsyncTypebox<AccountOptions> = async (app, options) => {
  const users = userStore(app.database)
  const { sessions } = app
  const defaultRole = options.signupRoles.includes('member') ? 'member' : (options.signupRoles[0] as SignupRole)
  for (const schema of [User, SignedIn, Tokens]) app.addSchema(schema)

  const signInErrors: ErrorCode[] = ['too_busy', 'cross_site_request']
  const signInRoute = { onRequest: app.refuseForeignOrigin, config: { ignoresCookie: true } }

  app.post(
    '/signup',
    {
      ...signInRoute,
      schema: {
        tags: ['accounts'],
        summary: 'Make an account and sign in',
        description: 'Answers with tokens for apps and sets a session cookie for browsers.',
        security: [{}],
        body: Signup,
        response: {
          201: ref(SignedIn, 'The account is made; its tokens.'),
          ...problems(...withBody, ...signInErrors, 'role_not_allowed', 'username_taken', 'email_taken'),
        },
      },
    },
    async (request, reply) => {
      const { password, password_confirmation: confirmation, role = defaultRole, ...body } = request.body
      if (!fitsBcrypt(password)) throw new ApiError('invalid_request', 'password must have at most 72 bytes')
      if (confirmation !== undefined && confirmation !== password)
        throw new ApiError('invalid_request', 'password_confirmation must equal password')
      if (!options.signupRoles.includes(role)) throw new ApiError('role_not_allowed')

      const user = users.create(
        {
          username: body.username,
          email: body.email ?? null,
          firstName: body.first_name ?? null,
          lastName: body.last_name ?? null,
          timezone: body.timezone ?? null,
          role,
          passwordHash: await app.passwords.hash(password),
        },
        app.now(),
      )
      const session = sessions.begin(user.id, app.now())
      await app.database.atomic([...user.writes, session.write]).catch(nameTaken)
      const principal = await sessions.find(user.id, session.id, app.now())
      if (!principal) throw new ApiError('invalid_credentials')
      reply.setSessionCookie({ user: user.id, session: session.id, secret: session.cookie })
      return reply.code(201).header('Location', '/me').send(signedInAnswer(principal, session))
    },
  )

  app.post(
    '/login',
    {
      ...signInRoute,
      schema: {
        tags: ['accounts'],
        summary: 'Sign in',
        description: 'By `username` (which may be an e-mail address) or by `email`. Every failure looks the same.',
        security: [{}],
        body: Login,
        response: {
          200: ref(SignedIn, 'Signed in.'),
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
      const login = await users.findLogin(name)
      const right = await app.passwords.verify(password, login?.passwordHash)
      if (!login || !right) throw new ApiError('invalid_credentials')

      const session = sessions.begin(login.id, app.now())
      await app.database.atomic([sessions.removalOfExpired(login.id, app.now()), session.write])
      const principal = await sessions.find(login.id, session.id, app.now())
      if (!principal) throw new ApiError('invalid_credentials')
      reply.setSessionCookie({ user: login.id, session: session.id, secret: session.cookie })
      return signedInAnswer(principal, session)
    },
  )

  app.post(
    '/refresh',
    {
      ...signInRoute,
      schema: {
        tags: ['accounts'],
        summary: 'Swap a refresh token for the next access and refresh token',
        description:
          'A refresh token is good once; sent again within 10 seconds it gives the same successor (the answer was lost), later it ends the session (it was stolen).',
        security: [{}],
        body: Refresh,
        response: {
          200: ref(Tokens, 'The next pair.'),
          ...problems(...withBody, 'cross_site_request', 'invalid_token'),
        },
      },
    },
    async request => {
      const credential = readCredential(request.body.refresh_token)
      const successor = credential && (await sessions.refresh(credential, app.now()))
      if (!successor)
        throw new ApiError('invalid_token', 'The refresh token is not valid, or no longer. Sign in again.')
      return tokensFor(credential.user, credential.session, successor)
    },
  )

  app.get(
    '/me',
    {
      onRequest: app.authenticate,
      schema: {
        tags: ['accounts'],
        summary: 'Who one is',
        description: 'By any credential. An `Authorization` header, even a bad one, decides alone.',
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
        tags: ['accounts'],
        summary: 'Who one is, by the session cookie',
        description: 'For browser clients on each load. Looks at nothing but the cookie; 401 when signed out.',
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
        tags: ['accounts'],
        summary: 'Sign out',
        description:
          'Ends the sessions that the request presents, by token and by cookie, and clears the cookie. Always 204, signed in or not.',
        security: [...signedIn, {}],
        response: { 204: Type.Null({ description: 'Signed out.' }), ...problems('cross_site_request') },
      },
    },
    async (request, reply) => {
      // Both, because a page that signs out with a token that has just expired means the cookie too.
      const byCookie = app.isSameOrigin(request) ? app.principalByCookie(request) : undefined
      for (const principal of await Promise.all([app.principalByBearer(request), byCookie])) {
        if (principal) await sessions.end(principal.user.id, principal.session.id)
      }
      return reply.clearSessionCookie().code(204).send(null)
    },
  )

  function signedInAnswer({ user }: Principal, session: NewSession) {
    return { ...user, user, ...tokensFor(user.id, session.id, session.refreshSecret) }
  }

  function tokensFor(user: string, session: string, secret: string) {
    return {
      token: app.accessTokens.sign({ sub: user, sid: session }),
      token_type: 'Bearer' as const,
      expires_in: accessTokenSeconds,
      refresh_token: writeCredential({ user, session, secret }),
    }
  }
}
export default accounts

function nameTaken(error: unknown): never {
  if (error instanceof Conflict && error.table === 'usernames') throw new ApiError('username_taken')
  if (error instanceof Conflict && error.table === 'emails') throw new ApiError('email_taken')
  throw error
}
