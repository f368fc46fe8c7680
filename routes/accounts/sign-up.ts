import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { signUpGate } from '../../src/auth/invitations.ts'
import { hashSecret } from '../../src/auth/secrets.ts'
import type { SignupMode, SignupRole } from '../../src/config.ts'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { newTimezone } from '../../src/moods/zones.ts'
import { userStore } from '../../src/users/users.ts'
import { open, problems, sends, withBody } from '../wire.ts'
import { emailJoining } from './joining-email.ts'
import { defaultRole, nameTaken, usablePassword } from './names.ts'
import type { Hiding } from './renaming.ts'
import { SignedIn, Signup } from './schemas.ts'
import { signInErrors, signInRoute } from './sign-in.ts'

export interface SignUpOptions extends Hiding {
  /** The roles that may be chosen. */
  signupRoles: readonly SignupRole[]
  /** Who may sign up. */
  signup: SignupMode
}

/** `POST /signup`: a new account, signed in. */
const signUp: FastifyPluginAsyncTypebox<SignUpOptions> = async (app, options) => {
  const users = userStore(app.database)
  const joining = emailJoining(app, options.appUrl)
  const gate = signUpGate(app.database, options.signup)

  app.post(
    '/signup',
    {
      ...signInRoute(app, 'signup'),
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
}
export default signUp
