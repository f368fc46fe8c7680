import { Type } from '@sinclair/typebox'

/** The wire schemas of sign-in through providers. */

export const ProviderName = Type.Object({
  provider: Type.String({ maxLength: 64, description: 'The `name` of the provider in `GET /oauth`.' }),
})

export const ProviderList = Type.Object(
  {
    providers: Type.Array(
      Type.Object({
        name: Type.String({
          maxLength: 64,
          description: 'The name of the provider on this server.',
          examples: ['google'],
        }),
        url: Type.String({
          maxLength: 100,
          description: 'Where a browser starts the sign-in.',
          examples: ['/oauth/google'],
        }),
      }),
      { maxItems: 1_000 },
    ),
  },
  { $id: 'ProviderList', description: 'The sign-in providers; empty if none is configured.' },
)

export const Start = Type.Object(
  {
    redirect_to: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1_000,
        description:
          'Where to return to: one of `OAUTH_REDIRECTS`, verbatim, or `/app/` or `/app/account`. Defaults to the first of them.',
      }),
    ),
    link: Type.Optional(
      Type.Literal('1', {
        description: 'Link the identity to the account of the session cookie instead of signing in.',
      }),
    ),
    invitation: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'For a new account, where the server requires one. Works once, for 7 days.',
      }),
    ),
    code_challenge: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_-]{43}$',
        maxLength: 43,
        description: 'For native apps (PKCE): the SHA-256 of the code verifier, in base64url.',
      }),
    ),
    code_challenge_method: Type.Optional(Type.Literal('S256', { description: 'The only method supported.' })),
  },
  { additionalProperties: false },
)

/** Providers add parameters of their own. */
export const Callback = Type.Object({
  state: Type.Optional(Type.String({ maxLength: 2_000, description: 'The state sent to the provider.' })),
})

export const Exchange = Type.Object(
  {
    code: Type.String({
      maxLength: 200,
      description: 'The `code` of the redirect. Works once, for a minute.',
      examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11.019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e12.…'],
    }),
    code_verifier: Type.String({
      pattern: '^[A-Za-z0-9._~-]{43,128}$',
      maxLength: 128,
      examples: ['dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'],
      description: 'The code verifier that the `code_challenge` was derived from.',
    }),
  },
  { title: 'CodeExchange', additionalProperties: false },
)

/**
 * A redirect.
 * @param leads describes the target.
 */
export const Redirect = (description: string, leads: string) =>
  Type.Null({
    description,
    headers: { Location: { type: 'string', maxLength: 8_000, description: leads } },
  })
