import { type Static, Type } from '@sinclair/typebox'
import { oneOf } from './typebox.ts'
import { maxSentences } from './validation-sentences.ts'

/**
 * Every error the API can give: code -> status and title. docs/errors.md lists exactly these (a test compares),
 * OpenAPI describes them, and nothing answers an error that is not here.
 */
export const errors = {
  invalid_request: { status: 400, title: 'Something in the request is not valid' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  password_too_common: { status: 400, title: 'The password is one of the first that anyone would try' },
  mood_off_scale: { status: 400, title: "The mood lies outside the profile's scale" },
  date_in_future: { status: 400, title: 'The entry lies in the future' },
  invalid_code: { status: 400, title: 'The code is not valid, or no longer' },
  invalid_state: { status: 400, title: 'The sign-in was not begun here, or is over' },
  invalid_image: { status: 400, title: 'The picture cannot be used' },
  authentication_required: { status: 401, title: 'Sign in first' },
  invalid_token: { status: 401, title: 'The token is not valid, or no longer' },
  invalid_credentials: { status: 401, title: 'Wrong username or password' },
  cross_site_request: { status: 403, title: 'The request comes from another site' },
  forbidden: { status: 403, title: 'This account may not do that' },
  wrong_password: { status: 403, title: 'The password is not the right one' },
  reauthentication_required: { status: 403, title: 'Prove once more who you are' },
  insufficient_scope: { status: 403, title: 'The token has not the scope for this' },
  role_not_allowed: { status: 403, title: 'This role cannot be chosen at sign-up' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'This address does not know the method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  username_taken: { status: 409, title: 'The username is taken' },
  email_taken: { status: 409, title: 'The e-mail address is taken' },
  email_missing: { status: 409, title: 'The account has no e-mail address' },
  email_verified: { status: 409, title: 'The e-mail address is verified already' },
  id_taken: { status: 409, title: 'The id belongs to an entry with other content' },
  identity_taken: { status: 409, title: "The identity is another account's" },
  last_way_in: { status: 409, title: 'There is no other way into the account' },
  too_many_identities: { status: 409, title: 'There are as many identities as one may have' },
  too_many_tokens: { status: 409, title: 'There are as many tokens as one may have' },
  limit_reached: { status: 409, title: 'There are as many of these as there may be' },
  last_admin: { status: 409, title: 'Nobody else is an admin' },
  edit_conflict: { status: 409, title: 'The thing was changed at the same moment' },
  stale_version: { status: 412, title: 'The thing has changed since it was read' },
  body_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'The body is of a type that is not read here' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key came with another request before' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on the server' },
  provider_failed: { status: 502, title: 'The provider did not show who you are' },
  provider_unavailable: { status: 503, title: 'The provider is not available right now' },
  too_busy: { status: 503, title: 'The server has too much to do right now' },
  email_not_configured: { status: 503, title: 'This server sends no e-mail' },
  email_busy: { status: 503, title: 'Too many e-mails are waiting to be sent' },
  unavailable: { status: 503, title: 'The database is not available right now' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errors

/** Characters of any text in an error: some repeat an address or a header, of which Node reads 16 KiB at most. */
const longest = 20_000

/** The body of every error answer: RFC 9457, with a stable `code` and a list of sentences for people. */
export const Problem = Type.Object(
  {
    type: Type.String({ maxLength: 100, description: 'Names the kind of problem; the same information as `code`.' }),
    title: Type.String({ maxLength: 100, description: 'What kind of problem it is, for people.' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status.' }),
    detail: Type.String({ maxLength: longest, description: 'What is wrong this time, for people.' }),
    instance: Type.String({ maxLength: longest, description: 'The path of the request, without its query.' }),
    code: oneOf(Object.keys(errors) as ErrorCode[], {
      description: 'What kind of problem it is, for programs. Stable.',
    }),
    errors: Type.Array(Type.String({ maxLength: longest }), {
      maxItems: maxSentences + 1,
      description: 'One readable sentence per problem.',
    }),
  },
  { $id: 'Problem', description: 'What went wrong, as RFC 9457 problem details.' },
)
export type Problem = Static<typeof Problem>

/** An error that is meant for the client. Anything else that is thrown becomes `internal_error`. */
export class ApiError extends Error {
  readonly code: ErrorCode
  readonly errors: readonly string[]
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param sentences one readable sentence per problem; the title where there is nothing more to say.
   * @param headers go out with the answer (`Retry-After`, `Allow`, ...).
   */
  constructor(
    code: ErrorCode,
    sentences: string | readonly string[] = errors[code].title,
    headers: Record<string, string> = {},
  ) {
    super(errors[code].title)
    this.name = 'ApiError'
    this.code = code
    this.errors = typeof sentences === 'string' ? [sentences] : sentences
    this.headers = headers
  }

  get status(): number {
    return errors[this.code].status
  }

  /** The answer's body. @param url of the request; its query stays out, because it may hold private things. */
  body(url: string): Problem {
    return {
      type: `urn:moodstreak:error:${this.code}`,
      title: errors[this.code].title,
      status: this.status,
      detail: this.errors.join(' '),
      instance: pathOf(url),
      code: this.code,
      errors: [...this.errors],
    }
  }
}

/** The path of a request's address: without the query, without a fragment, and without the origin of an absolute form. */
export function pathOf(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/'
}
