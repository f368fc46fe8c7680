import { Type } from '@sinclair/typebox'
import { accessTokenSeconds } from '../../src/auth/sessions.ts'
import { signupRoles } from '../../src/config.ts'
import { lists } from '../../src/export/export.ts'
import { nullable, oneOf, ref } from '../../src/typebox.ts'
import { eventKinds, roles, scopes } from '../../src/vocabulary.ts'
import { pageFields } from '../paging.ts'
import { Count, Instant, most, Timezone } from '../wire.ts'

/** The accounts on the wire. */

const userFields = {
  id: Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] }),
  username: Type.String({ maxLength: 64, examples: ['maya'] }),
  email: nullable(Type.String({ maxLength: 254, examples: ['maya@example.org'] })),
  first_name: nullable(Type.String({ maxLength: 100, examples: ['Maya'] })),
  last_name: nullable(Type.String({ maxLength: 100, examples: ['Okafor'] })),
  role: oneOf(roles),
  created_at: Instant({ description: 'When the account was made.' }),
}
export const User = Type.Object(userFields, { $id: 'User', description: 'An account, as its owner sees it.' })

const tokenFields = {
  token: Type.String({ maxLength: 1_000, description: 'The access token, for `Authorization: Bearer <token>`.' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Count({
    description: 'Seconds until the access token is no longer good.',
    examples: [accessTokenSeconds],
  }),
  refresh_token: Type.String({
    maxLength: 200,
    description: 'Swapped at `POST /refresh` for the next pair; good once.',
  }),
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
  Type.String({ minLength: 8, maxLength: 72, description, examples: ['correct horse battery'] })

const Username = Type.String({
  minLength: 1,
  maxLength: 64,
  format: 'username',
  description: 'Letters, digits, `.`, `_` and `-`; begins with a letter or digit. Case does not tell names apart.',
  examples: ['maya'],
})
const Email = Type.String({ format: 'email', maxLength: 254, examples: ['maya@example.org'] })

export const Signup = Type.Object(
  {
    username: Username,
    password: Password(
      '8 characters at least, 72 bytes at most; not one of the 3 000 commonest, nor the username or e-mail address.',
    ),
    password_confirmation: Type.Optional(
      Type.String({ maxLength: 72, description: 'When sent, must equal `password`.' }),
    ),
    email: Type.Optional(nullable(Email)),
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
    // A password that is too long is wrong like any other: only the body's own limit ends it.
    password: Type.String({ maxLength: 64 * 1024, examples: ['correct horse battery'] }),
  },
  { additionalProperties: false, examples: [{ username: 'demo', password: 'password' }] },
)

/** That something is being seen to. @param description says what. */
export const Accepted = (description: string) =>
  Type.Object({ status: Type.Literal('accepted', { examples: ['accepted'] }) }, { description })

const Code = Type.String({ maxLength: 200, description: 'What stands behind `#` in the link. Good once.' })
const anyCode = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11.019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e12.…'

export const EmailConfirmation = Type.Object(
  { code: Code },
  { additionalProperties: false, examples: [{ code: anyCode }] },
)

export const ForgottenPassword = Type.Object(
  {
    username: Type.Optional(Type.String({ maxLength: 254, description: 'The username, or the e-mail address.' })),
    email: Type.Optional(Type.String({ maxLength: 254, description: 'Instead of `username`.' })),
  },
  { additionalProperties: false, examples: [{ email: 'maya@example.org' }] },
)

export const PasswordReset = Type.Object(
  { code: Code, new_password: Password('8 characters at least, 72 bytes at most.') },
  { additionalProperties: false, examples: [{ code: anyCode, new_password: 'another horse battery' }] },
)

export const Refresh = Type.Object({ refresh_token: Type.String({ maxLength: 200 }) }, { additionalProperties: false })

const id = Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] })

const Ip = (description: string) => Type.String({ maxLength: 64, description, examples: ['203.0.113.7'] })
const Device = (description: string) =>
  Type.String({ maxLength: 200, description, examples: ['moodapp/2.1 (Android)'] })

export const Session = Type.Object(
  {
    id,
    current: Type.Boolean({ description: 'Whether it is the one that asks.' }),
    device: nullable(Device('What the client called itself when it signed in.')),
    ip: nullable(Ip('Where it signed in from.')),
    created_at: Instant({ description: 'When it signed in.' }),
    last_used_at: Instant({ description: 'When it was last used, within five minutes.' }),
    expires_at: Instant({ description: 'When it ends at the latest; without use it ends after 30 days.' }),
  },
  { $id: 'Session', description: 'A sign-in that is still good.' },
)

export const Identity = Type.Object(
  {
    id,
    provider: Type.String({ maxLength: 64, description: 'As in `GET /oauth`.', examples: ['google'] }),
    issuer: Type.String({
      maxLength: 300,
      description: 'Who vouches for it.',
      examples: ['https://accounts.google.com'],
    }),
    email: nullable(
      Type.String({
        maxLength: 254,
        description: 'The address that the provider knew at the last sign-in, verified or not.',
        examples: ['maya@example.org'],
      }),
    ),
    created_at: Instant({ description: 'When it was linked.' }),
  },
  { $id: 'Identity', description: 'An account at a provider that one signs in with.' },
)

const TokenName = Type.String({
  minLength: 1,
  maxLength: 64,
  format: 'label',
  description: 'To know it by.',
  examples: ['export script'],
})
const Scopes = Type.Array(oneOf(scopes), {
  minItems: 1,
  maxItems: scopes.length,
  uniqueItems: true,
  description: 'What it may do.',
  examples: [['mood:read']],
})
const personalTokenFields = {
  id,
  name: TokenName,
  scopes: Scopes,
  created_at: Instant({ description: 'When it was made.' }),
  last_used_at: nullable(Instant({ description: 'When it was last used, within five minutes; null when never.' })),
  expires_at: nullable(Instant({ description: 'Until when it is good; null without an end.' })),
}
export const PersonalToken = Type.Object(personalTokenFields, {
  $id: 'PersonalToken',
  description: 'What is known of a personal access token; its secret is not.',
})
export const CreatedPersonalToken = Type.Object(
  { ...personalTokenFields, token: Type.String({ maxLength: 200, description: 'The token itself, shown this once.' }) },
  { $id: 'CreatedPersonalToken', description: 'A new personal access token.' },
)
export const NewPersonalToken = Type.Object(
  {
    name: TokenName,
    scopes: Scopes,
    expires_at: Type.Optional(
      nullable(
        Type.String({ format: 'date-time', description: 'Until when it is good.', examples: ['2027-01-01T00:00:00Z'] }),
      ),
    ),
  },
  { additionalProperties: false, examples: [{ name: 'export script', scopes: ['mood:read', 'account:export'] }] },
)

const AccountEvent = Type.Object(
  {
    id,
    at: Instant({ description: 'When.' }),
    kind: oneOf(eventKinds, { description: 'What.' }),
    actor_id: nullable(
      Type.String({
        format: 'uuid',
        description:
          'Who did it, perhaps an admin; null for whoever could not prove it, and for the command on the server.',
      }),
    ),
    target_id: nullable(Type.String({ format: 'uuid', description: 'To what: a session, a token.' })),
    ip: nullable(Ip('From where.')),
    device: nullable(Device('What the client called itself.')),
  },
  { description: 'Something that happened to the account.' },
)
export const AccountEventList = Type.Object(
  { events: Type.Array(AccountEvent, { maxItems: 100 }), ...pageFields },
  { $id: 'AccountEventList', description: 'A page of what happened to the account.' },
)

const exported = Type.Array(Type.Object({}, { additionalProperties: true }), { maxItems: most })

export const AccountExport = Type.Object(
  {
    exported_at: Instant({ description: 'When.' }),
    account: Type.Object({ ...userFields, email_verified_at: nullable(Instant()) }),
    profile: Type.Object({}, { additionalProperties: true, description: 'As `GET /profile` shows it.' }),
    avatar: nullable(
      Type.Object({
        type: Type.String({ maxLength: 20, examples: ['image/webp'] }),
        base64: Type.String({ maxLength: 2_000_000, description: 'The picture.' }),
      }),
    ),
    ...Object.fromEntries(Object.values(lists).map(name => [name, exported])),
  },
  { $id: 'AccountExport', description: 'All that is kept of a person, but for hashes of secrets.' },
)

const CurrentPassword = Type.String({
  maxLength: 1_000,
  description: 'The password as it is now.',
  examples: ['correct horse battery'],
})

export const Availability = Type.Object(
  {
    username: Type.Optional(Type.String({ ...withoutExample(Username) })),
    email: Type.Optional(Type.String({ ...withoutExample(Email), description: 'Instead of `username`.' })),
  },
  { additionalProperties: false },
)
export const Confirmation = Type.Object(
  { current_password: CurrentPassword },
  { additionalProperties: false, examples: [{ current_password: 'correct horse battery' }] },
)
export const PasswordChange = Type.Object(
  {
    current_password: Type.Optional(CurrentPassword),
    new_password: Password('8 characters at least, 72 bytes at most.'),
  },
  {
    additionalProperties: false,
    examples: [{ current_password: 'correct horse battery', new_password: 'incorrect horse battery' }],
  },
)
export const EmailChange = Type.Object(
  { email: nullable(Email), current_password: Type.Optional(CurrentPassword) },
  { additionalProperties: false, examples: [{ email: 'maya@example.org', current_password: 'correct horse battery' }] },
)
export const UsernameChange = Type.Object(
  { username: Username },
  { additionalProperties: false, examples: [{ username: 'maya.o' }] },
)
/** For what needs the owner and nothing else. May be left out altogether. */
export const AccountDeletion = nullable(
  Type.Object(
    { current_password: Type.Optional(CurrentPassword) },
    { additionalProperties: false, examples: [{ current_password: 'correct horse battery' }] },
  ),
)

/** Swagger UI would fill an example into every query. */
function withoutExample({ examples, ...schema }: ReturnType<typeof Type.String>) {
  return schema
}
