import { Type } from '@sinclair/typebox'
import { signupRoles } from '../../src/config.ts'
import { lists } from '../../src/export/export.ts'
import { nullable, oneOf, orReceipt, ref } from '../../src/http/typebox.ts'
import { eventKinds, roles, scopes } from '../../src/vocabulary.ts'
import { pageFields } from '../paging.ts'
import { Count, Instant, maxInt32, Timezone } from '../wire.ts'

/** The wire schemas of accounts. */

const userFields = {
  id: Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] }),
  username: Type.String({ maxLength: 64, examples: ['maya'] }),
  email: nullable(Type.String({ maxLength: 254, examples: ['maya@example.org'] })),
  first_name: nullable(Type.String({ maxLength: 100, examples: ['Maya'] })),
  last_name: nullable(Type.String({ maxLength: 100, examples: ['Okafor'] })),
  role: oneOf(roles),
  created_at: Instant({ description: 'When the account was created.' }),
}
export const User = Type.Object(userFields, { $id: 'User', description: 'An account, as its owner sees it.' })

export const TokenOwner = Type.Object(
  { id: userFields.id, username: userFields.username, role: userFields.role },
  { $id: 'TokenOwner', description: 'What a token without `profile:read` is told of its account.' },
)

export const UserOrTokenOwner = orReceipt(User, TokenOwner)

/** The format of one-time codes and refresh tokens. */
const anyCode = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11.019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e12.…'

const tokenFields = {
  token: Type.String({
    maxLength: 1_000,
    description: 'The access token, for `Authorization: Bearer <token>`.',
    examples: ['eyJhbGciOiJIUzI1NiJ9.…'],
  }),
  token_type: Type.Literal('Bearer'),
  expires_in: Count({
    description: 'Seconds until the access token expires.',
    examples: [86_400],
  }),
  refresh_token: Type.String({
    maxLength: 200,
    description: 'Exchanged at `POST /refresh` for the next pair; works once.',
    examples: [anyCode],
  }),
}
const DeviceToken = (description: string) =>
  Type.String({ maxLength: 200, description, examples: ['kKv0bE5cOQ2pYx7n1sR4tw.…'] })

export const SignedIn = Type.Object(
  {
    ...userFields,
    user: ref(User),
    ...tokenFields,
    device_token: DeviceToken(
      'Keep it, also after signing out, and send it with the next `POST /login`: failures of strangers then do not keep this device waiting. It is no credential, and ends with a change of the password.',
    ),
  },
  {
    $id: 'SignedIn',
    description: 'The account (at the top level and under `user`, for clients that expect either) and its tokens.',
  },
)
export const Tokens = Type.Object(tokenFields, { $id: 'Tokens', description: 'An access token and a refresh token.' })

const Password = (description: string) =>
  Type.String({ minLength: 8, maxLength: 72, description, examples: ['correct horse battery'] })

const Username = Type.String({
  minLength: 1,
  maxLength: 64,
  format: 'username',
  description:
    'Letters of one script, digits, `.`, `_` and `-`, starting with a letter or digit. Latin may stand beside Chinese, Japanese or Korean. Case-insensitive.',
  examples: ['maya'],
})
const Email = Type.String({ format: 'email', maxLength: 254, examples: ['maya@example.org'] })

export const Signup = Type.Object(
  {
    username: Username,
    password: Password(
      'At least 8 characters, at most 72 bytes; not one of the 3 000 most common passwords, nor the username or e-mail address.',
    ),
    password_confirmation: Type.Optional(
      Type.String({ maxLength: 72, description: 'If present, must equal `password`.' }),
    ),
    email: Type.Optional(nullable(Email)),
    first_name: Type.Optional(nullable(Type.String({ maxLength: 100, format: 'short-text', examples: ['Maya'] }))),
    last_name: Type.Optional(nullable(Type.String({ maxLength: 100, format: 'short-text', examples: ['Okafor'] }))),
    invitation: Type.Optional(
      Type.String({ maxLength: 200, description: 'Where the server requires one. Works once, for 7 days.' }),
    ),
    role: Type.Optional(oneOf(signupRoles, { description: 'Defaults to `member`.' })),
    timezone: Type.Optional(
      nullable(Timezone({ description: 'Decides where your days begin and end. Defaults to UTC.' })),
    ),
  },
  {
    title: 'SignUp',
    additionalProperties: false,
    examples: [{ username: 'noor', password: 'correct horse battery', timezone: 'Europe/Berlin' }],
  },
)

export const Login = Type.Object(
  {
    username: Type.Optional(
      Type.String({
        maxLength: 254,
        format: 'short-text',
        description: 'The username or the e-mail address.',
        examples: ['maya'],
      }),
    ),
    email: Type.Optional(Type.String({ maxLength: 254, format: 'short-text', description: 'Instead of `username`.' })),
    // A password that is too long is wrong like any other: only the body limit bounds it.
    password: Type.String({ maxLength: 4 * 1024, examples: ['correct horse battery'] }),
    device_token: Type.Optional(
      DeviceToken(
        'From an earlier sign-in on this device; browsers send it as a cookie. One that is not valid is ignored.',
      ),
    ),
  },
  { title: 'SignIn', additionalProperties: false, examples: [{ username: 'demo', password: 'password' }] },
)

/**
 * The answer 202.
 * @param description says what was accepted.
 */
export const Accepted = (description: string) =>
  Type.Object({ status: Type.Literal('accepted', { examples: ['accepted'] }) }, { title: 'Accepted', description })

const Code = Type.String({ maxLength: 200, description: 'The part of the link after `#`. Works once.' })

export const EmailConfirmation = Type.Object(
  { code: Code },
  { title: 'EmailVerification', additionalProperties: false, examples: [{ code: anyCode }] },
)

export const ForgottenPassword = Type.Object(
  {
    username: Type.Optional(
      Type.String({ maxLength: 254, format: 'short-text', description: 'The username or the e-mail address.' }),
    ),
    email: Type.Optional(Type.String({ maxLength: 254, format: 'short-text', description: 'Instead of `username`.' })),
  },
  { title: 'PasswordResetRequest', additionalProperties: false, examples: [{ email: 'maya@example.org' }] },
)

export const PasswordReset = Type.Object(
  { code: Code, new_password: Password('At least 8 characters, at most 72 bytes.') },
  {
    title: 'PasswordReset',
    additionalProperties: false,
    examples: [{ code: anyCode, new_password: 'another horse battery' }],
  },
)

export const Refresh = Type.Object(
  { refresh_token: Type.String({ maxLength: 200, description: 'The latest refresh token.', examples: [anyCode] }) },
  { title: 'TokenRefresh', additionalProperties: false },
)

const id = Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] })

const Ip = (description: string) => Type.String({ maxLength: 64, description, examples: ['203.0.113.7'] })
const Device = (description: string) =>
  Type.String({ maxLength: 200, description, examples: ['moodapp/2.1 (Android)'] })

export const Session = Type.Object(
  {
    id,
    current: Type.Boolean({ description: 'Whether this is the current session.' }),
    device: nullable(Device('The `User-Agent` at sign-in.')),
    ip: nullable(Ip('The IP address at sign-in.')),
    created_at: Instant({ description: 'When the sign-in happened.' }),
    last_used_at: Instant({ description: 'Last use, accurate to five minutes.' }),
    expires_at: Instant({
      description: 'When the session ends at the latest; unused it ends after 30 days.',
      examples: ['2026-05-30T21:15:00.000Z'],
    }),
  },
  { $id: 'Session', description: 'An active session.' },
)

export const Identity = Type.Object(
  {
    id,
    provider: Type.String({ maxLength: 64, description: 'As in `GET /oauth`.', examples: ['google'] }),
    issuer: Type.String({
      maxLength: 300,
      description: 'The issuer that vouches for the identity.',
      examples: ['https://accounts.google.com'],
    }),
    email: nullable(
      Type.String({
        maxLength: 254,
        description: 'The e-mail address at the provider as of the last sign-in, verified or not.',
        examples: ['maya@example.org'],
      }),
    ),
    created_at: Instant({ description: 'When it was linked.' }),
  },
  { $id: 'Identity', description: 'An account at a provider that you can sign in with.' },
)

const TokenName = Type.String({
  minLength: 1,
  maxLength: 64,
  format: 'label',
  description: 'A name to recognize it by.',
  examples: ['export script'],
})
const Scopes = Type.Array(oneOf(scopes), {
  minItems: 1,
  maxItems: scopes.length,
  uniqueItems: true,
  description: 'What the token can do.',
  examples: [['mood:read']],
})
const personalTokenFields = {
  id,
  name: TokenName,
  scopes: Scopes,
  created_at: Instant({ description: 'When it was created.' }),
  last_used_at: nullable(Instant({ description: 'Last use, accurate to five minutes; null if never used.' })),
  expires_at: nullable(
    Instant({ description: 'When it expires; null if never.', examples: ['2027-01-01T00:00:00.000Z'] }),
  ),
}
export const PersonalToken = Type.Object(personalTokenFields, {
  $id: 'PersonalToken',
  description: 'A personal access token, without its secret.',
})
export const CreatedPersonalToken = Type.Object(
  {
    ...personalTokenFields,
    token: Type.String({ maxLength: 200, description: 'The token itself; shown only once.', examples: ['mspat_…'] }),
  },
  { $id: 'CreatedPersonalToken', description: 'A new personal access token, with its secret.' },
)

const CurrentPassword = Type.String({
  maxLength: 1_000,
  description: 'Your current password.',
  examples: ['correct horse battery'],
})

export const NewPersonalToken = Type.Object(
  {
    name: TokenName,
    scopes: Scopes,
    expires_at: Type.Optional(
      nullable(
        Type.String({
          format: 'date-time',
          description: 'When it expires. Defaults to 90 days from now; null is never.',
          examples: ['2027-01-01T00:00:00Z'],
        }),
      ),
    ),
    current_password: Type.Optional(CurrentPassword),
  },
  {
    title: 'NewPersonalToken',
    additionalProperties: false,
    examples: [{ name: 'export script', scopes: ['mood:read', 'account:export'] }],
  },
)

const AccountEvent = Type.Object(
  {
    id,
    at: Instant({ description: 'When it happened.' }),
    kind: oneOf(eventKinds, { description: 'What happened.' }),
    actor_id: nullable(
      Type.String({
        format: 'uuid',
        description: 'Who did it, possibly an admin; null if unauthenticated or done by a command on the server.',
      }),
    ),
    target_id: nullable(Type.String({ format: 'uuid', description: 'What it was done to: a session or a token.' })),
    ip: nullable(Ip('The IP address.')),
    device: nullable(Device('The `User-Agent`.')),
  },
  { description: 'An event of the account.' },
)
export const AccountEventList = Type.Object(
  { events: Type.Array(AccountEvent, { maxItems: 100 }), ...pageFields },
  { $id: 'AccountEventList', description: 'A page of account events.' },
)

const exported = Type.Array(Type.Object({}, { additionalProperties: true }), { maxItems: maxInt32, examples: [[]] })

export const AccountExport = Type.Object(
  {
    exported_at: Instant({ description: 'When the export was made.' }),
    account: Type.Object({ ...userFields, email_verified_at: nullable(Instant()) }),
    profile: Type.Object({}, { additionalProperties: true, description: 'As in `GET /profile`.' }),
    avatar: nullable(
      Type.Object({
        type: Type.String({ maxLength: 20, examples: ['image/webp'] }),
        base64: Type.String({ maxLength: 2_000_000, description: 'The image, in Base64.' }),
      }),
    ),
    ...Object.fromEntries(lists.map(({ name }) => [name, exported])),
  },
  { $id: 'AccountExport', description: 'Everything stored about you, except hashes of secrets.' },
)

export const Availability = Type.Object(
  {
    username: Type.Optional(Type.String({ ...withoutExample(Username) })),
    email: Type.Optional(Type.String({ ...withoutExample(Email), description: 'Instead of `username`.' })),
  },
  { additionalProperties: false },
)
export const Confirmation = Type.Object(
  { current_password: CurrentPassword },
  {
    title: 'PasswordConfirmation',
    additionalProperties: false,
    examples: [{ current_password: 'correct horse battery' }],
  },
)
export const PasswordChange = Type.Object(
  {
    current_password: Type.Optional(CurrentPassword),
    new_password: Password('At least 8 characters, at most 72 bytes.'),
  },
  {
    title: 'PasswordChange',
    additionalProperties: false,
    examples: [{ current_password: 'correct horse battery', new_password: 'incorrect horse battery' }],
  },
)
export const EmailChange = Type.Object(
  { email: nullable(Email), current_password: Type.Optional(CurrentPassword) },
  {
    title: 'EmailChange',
    additionalProperties: false,
    examples: [{ email: 'maya@example.org', current_password: 'correct horse battery' }],
  },
)
export const UsernameChange = Type.Object(
  { username: Username, current_password: Type.Optional(CurrentPassword) },
  {
    title: 'UsernameChange',
    additionalProperties: false,
    examples: [{ username: 'maya.o', current_password: 'correct horse battery' }],
  },
)
/** For actions that need only the owner's proof. The body is optional. */
export const AccountDeletion = nullable(
  Type.Object(
    { current_password: Type.Optional(CurrentPassword) },
    {
      title: 'OwnerConfirmation',
      additionalProperties: false,
      examples: [{ current_password: 'correct horse battery' }],
    },
  ),
)

/** Without an example, which Swagger UI would fill into every query. */
function withoutExample({ examples, ...schema }: ReturnType<typeof Type.String>) {
  return schema
}
