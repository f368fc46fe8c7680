import { Type } from '@sinclair/typebox'
import { accessTokenSeconds } from '../../src/auth/sessions.ts'
import { signupRoles } from '../../src/config.ts'
import { roles } from '../../src/db/schema.ts'
import { nullable, oneOf, ref } from '../../src/typebox.ts'
import { Instant, Timezone } from '../wire.ts'

/** The accounts on the wire. */

const userFields = {
  id: Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] }),
  username: Type.String({ examples: ['maya'] }),
  email: nullable(Type.String({ examples: ['maya@example.org'] })),
  first_name: nullable(Type.String({ examples: ['Maya'] })),
  last_name: nullable(Type.String({ examples: ['Okafor'] })),
  role: oneOf(roles),
  created_at: Instant({ description: 'When the account was made.' }),
}
export const User = Type.Object(userFields, { $id: 'User', description: 'An account, as its owner sees it.' })

const tokenFields = {
  token: Type.String({ description: 'The access token, for `Authorization: Bearer <token>`.' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({
    description: 'Seconds until the access token is no longer good.',
    examples: [accessTokenSeconds],
  }),
  refresh_token: Type.String({ description: 'Swapped at `POST /refresh` for the next pair; good once.' }),
}
export const SignedIn = Type.Object(
  { ...userFields, user: ref(User), ...tokenFields },
  {
    $id: 'SignedIn',
    description: 'The account, twice over for clients that expect it in either place, and its tokens.',
  },
)
export const Tokens = Type.Object(tokenFields, { $id: 'Tokens' })

const Password = (description: string) =>
  Type.String({ minLength: 8, description, examples: ['correct horse battery'] })

export const Signup = Type.Object(
  {
    username: Type.String({
      minLength: 1,
      maxLength: 64,
      format: 'username',
      description: 'Letters, digits, `.`, `_` and `-`; begins with a letter or digit. Case does not tell names apart.',
      examples: ['maya'],
    }),
    password: Password('8 characters at least, 72 bytes at most.'),
    password_confirmation: Type.Optional(Type.String({ description: 'When sent, must equal `password`.' })),
    email: Type.Optional(nullable(Type.String({ format: 'email', maxLength: 254, examples: ['maya@example.org'] }))),
    first_name: Type.Optional(nullable(Type.String({ maxLength: 100, examples: ['Maya'] }))),
    last_name: Type.Optional(nullable(Type.String({ maxLength: 100, examples: ['Okafor'] }))),
    role: Type.Optional(oneOf(signupRoles, { description: 'What kind of account; `member` when absent.' })),
    timezone: Type.Optional(
      nullable(Timezone({ description: "Where the person's days begin and end; UTC when absent." })),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ username: 'noor', password: 'correct horse battery', timezone: 'Europe/Berlin' }],
  },
)

export const Login = Type.Object(
  {
    username: Type.Optional(
      Type.String({ maxLength: 254, description: 'The username, or the e-mail address.', examples: ['maya'] }),
    ),
    email: Type.Optional(Type.String({ maxLength: 254, description: 'Instead of `username`.' })),
    password: Type.String({ examples: ['correct horse battery'] }),
  },
  { additionalProperties: false, examples: [{ username: 'demo', password: 'password' }] },
)

export const Refresh = Type.Object({ refresh_token: Type.String({ maxLength: 200 }) }, { additionalProperties: false })
