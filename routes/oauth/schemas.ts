import { Type } from '@sinclair/typebox'

/** Sign-in by a provider on the wire. */

export const ProviderName = Type.Object({
  provider: Type.String({ maxLength: 64, description: 'Its `name` in `GET /oauth`.' }),
})

export const ProviderList = Type.Object(
  {
    providers: Type.Array(
      Type.Object({
        name: Type.String({ maxLength: 64, description: 'What it is called here.', examples: ['google'] }),
        url: Type.String({
          maxLength: 100,
          description: 'Where a browser begins the sign-in.',
          examples: ['/oauth/google'],
        }),
      }),
      { maxItems: 1_000 },
    ),
  },
  { $id: 'ProviderList', description: 'Whom one can sign in with; empty where nobody is configured.' },
)

export const Start = Type.Object(
  {
    redirect_to: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1_000,
        description: 'Where it ends: exactly as the server was told (`OAUTH_REDIRECTS`); its first when absent.',
      }),
    ),
    link: Type.Optional(
      Type.Literal('1', {
        description: 'Link the identity to the account that is signed in by the cookie, instead of signing in.',
      }),
    ),
    code_challenge: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_-]{43}$',
        maxLength: 43,
        description: 'Of an app, which gets a code: the SHA-256 of its verifier, as base64url (PKCE).',
      }),
    ),
    code_challenge_method: Type.Optional(Type.Literal('S256', { description: 'There is no other.' })),
  },
  { additionalProperties: false },
)

/** Providers add to it what they like. */
export const Callback = Type.Object({
  state: Type.Optional(Type.String({ maxLength: 2_000, description: 'What the provider was sent.' })),
})

export const Exchange = Type.Object(
  {
    code: Type.String({ maxLength: 200, description: 'The `code` of the redirect. Good once, for a minute.' }),
    code_verifier: Type.String({
      pattern: '^[A-Za-z0-9._~-]{43,128}$',
      maxLength: 128,
      description: 'What the `code_challenge` was made of.',
    }),
  },
  { additionalProperties: false },
)

/** A redirect. @param leads says where. */
export const Redirect = (description: string, leads: string) =>
  Type.Null({
    description,
    headers: { Location: { type: 'string', maxLength: 8_000, description: leads } },
  })
