import { type Static, Type } from '@sinclair/typebox'
import { ApiError, type Facts, type FailureCode } from '../errors.ts'
import { oneOf } from './typebox.ts'
import { maxSentences } from './validation-sentences.ts'

/**
 * Every error the API can give: code -> status and title. docs/errors.md lists exactly these (a test compares),
 * OpenAPI describes them, and nothing answers an error that is not here.
 */
export const errors = {
  invalid_request: { status: 400, title: 'Invalid request' },
  invalid_json: { status: 400, title: 'Invalid JSON' },
  password_too_common: { status: 400, title: 'Password too common' },
  mood_off_scale: { status: 400, title: 'Mood outside the scale' },
  date_in_future: { status: 400, title: 'Date in the future' },
  invalid_code: { status: 400, title: 'Code invalid or expired' },
  invalid_state: { status: 400, title: 'Sign-in unknown or expired' },
  unreadable_file: { status: 400, title: 'Unreadable file' },
  invalid_image: { status: 400, title: 'Invalid image' },
  authentication_required: { status: 401, title: 'Authentication required' },
  invalid_token: { status: 401, title: 'Token invalid or expired' },
  invalid_credentials: { status: 401, title: 'Wrong username or password' },
  cross_site_request: { status: 403, title: 'Cross-site request refused' },
  unknown_host: { status: 403, title: 'Unknown host' },
  forbidden: { status: 403, title: 'Forbidden' },
  wrong_password: { status: 403, title: 'Wrong password' },
  reauthentication_required: { status: 403, title: 'Reauthentication required' },
  insufficient_scope: { status: 403, title: 'Missing required scope' },
  role_not_allowed: { status: 403, title: 'Role not allowed' },
  sign_up_closed: { status: 403, title: 'Sign-up closed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  request_timeout: { status: 408, title: 'Request timeout' },
  username_taken: { status: 409, title: 'Username already taken' },
  email_taken: { status: 409, title: 'E-mail address already taken' },
  email_missing: { status: 409, title: 'No e-mail address on the account' },
  email_verified: { status: 409, title: 'E-mail address already verified' },
  email_unverified: { status: 409, title: 'E-mail address not verified' },
  id_taken: { status: 409, title: 'Id already used for other content' },
  identity_taken: { status: 409, title: 'Identity linked to another account' },
  last_way_in: { status: 409, title: 'Last way to sign in' },
  too_many_identities: { status: 409, title: 'Too many linked identities' },
  too_many_tokens: { status: 409, title: 'Too many tokens' },
  limit_reached: { status: 409, title: 'Limit reached' },
  import_running: { status: 409, title: 'Import already running' },
  last_admin: { status: 409, title: 'Last admin' },
  entry_deleted: { status: 410, title: 'Deleted' },
  cursor_expired: { status: 410, title: 'Cursor expired' },
  stale_version: { status: 412, title: 'Changed since you read it' },
  body_too_large: { status: 413, title: 'Body too large' },
  uri_too_long: { status: 414, title: 'URI too long' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  range_not_satisfiable: { status: 416, title: 'Range not satisfiable' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key reused' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'Headers too large' },
  internal_error: { status: 500, title: 'Internal error' },
  provider_failed: { status: 502, title: 'Sign-in provider failed' },
  provider_unavailable: { status: 503, title: 'Sign-in provider unavailable' },
  too_busy: { status: 503, title: 'Server too busy' },
  email_not_configured: { status: 503, title: 'E-mail not configured' },
  email_busy: { status: 503, title: 'E-mail queue full' },
  unavailable: { status: 503, title: 'Database unavailable' },
} as const satisfies Record<FailureCode, { status: number; title: string }> &
  Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errors

/** Characters of any text in an error: some repeat an address or a header, of which Node reads 16 KiB at most. */
const maxTextLength = 20_000

/** The body of every error answer: RFC 9457, with a stable `code` and a list of sentences for people. */
export const Problem = Type.Object(
  {
    type: Type.String({
      maxLength: 100,
      description: 'Identifies the kind of problem; the same information as `code`.',
    }),
    title: Type.String({ maxLength: 100, description: 'The kind of problem, for people.' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status.' }),
    detail: Type.String({ maxLength: maxTextLength, description: 'This occurrence of the problem, for people.' }),
    instance: Type.String({ maxLength: maxTextLength, description: 'The path of the request, without its query.' }),
    code: oneOf(Object.keys(errors) as ErrorCode[], { description: 'The kind of problem, for programs. Stable.' }),
    errors: Type.Array(Type.String({ maxLength: maxTextLength }), {
      maxItems: maxSentences + 1,
      description: 'One readable sentence per problem.',
    }),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details.' },
)
export type Problem = Static<typeof Problem>

/** A request that fails before any domain is asked. */
export class RequestError extends ApiError<ErrorCode> {
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param headers of the answer that say what would be right.
   */
  constructor(code: ErrorCode, sentences?: string | readonly string[], headers: Record<string, string> = {}) {
    super(code, sentences)
    this.headers = headers
  }
}

/** The answer to a failure. */
export interface Answer {
  status: number
  title: string
  headers: Record<string, string>
  body: Problem
}

/**
 * The answer for a failure.
 * @param url of the request; its query stays out, because it may hold private things.
 */
export function answerFor(error: ApiError<ErrorCode>, url: string): Answer {
  const { code } = error
  const { status, title } = errors[code]
  const sentences = error.errors.length > 0 ? [...error.errors] : [title]
  const body = {
    type: `urn:moodstreak:error:${code}`,
    title,
    status,
    detail: sentences.join(' '),
    instance: pathOf(url),
    code,
    errors: sentences,
  }
  const headers = {
    ...challengeOf(error),
    ...retryOf(error.facts),
    ...(error instanceof RequestError && error.headers),
  }
  return { status, title, headers, body }
}

/** RFC 6750: how to do better, and whether a token was the matter or what it would need. */
function challengeOf({ code, facts: { neededScope } }: ApiError<ErrorCode>): Record<string, string> {
  const reason =
    code === 'invalid_token'
      ? ', error="invalid_token"'
      : neededScope === undefined
        ? ''
        : `, error="insufficient_scope", scope="${neededScope}"`
  if (errors[code].status !== 401 && neededScope === undefined) return {}
  return { 'WWW-Authenticate': `Bearer realm="moodstreak"${reason}` }
}

function retryOf({ retryAfterMs }: Facts): Record<string, string> {
  return retryAfterMs === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }
}

/** The path of a request's address: without the query, without a fragment, and without the origin of an absolute form. */
export function pathOf(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/'
}
