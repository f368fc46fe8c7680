/**
 * Failures of our own code: a code, sentences for people, and facts for programs. How they are answered is not known
 * here.
 */

/** The codes that a domain or its callers can fail with. */
export const failureCodes = [
  'invalid_request',
  'password_too_common',
  'mood_off_scale',
  'date_in_future',
  'invalid_code',
  'invalid_state',
  'invalid_image',
  'unreadable_file',
  'authentication_required',
  'invalid_token',
  'invalid_credentials',
  'forbidden',
  'wrong_password',
  'reauthentication_required',
  'insufficient_scope',
  'role_not_allowed',
  'sign_up_closed',
  'not_found',
  'entry_deleted',
  'cursor_expired',
  'username_taken',
  'email_taken',
  'email_missing',
  'email_verified',
  'email_unverified',
  'id_taken',
  'identity_taken',
  'last_way_in',
  'too_many_identities',
  'too_many_tokens',
  'limit_reached',
  'import_running',
  'last_admin',
  'stale_version',
  'body_too_large',
  'idempotency_key_reused',
  'too_many_requests',
  'provider_failed',
  'provider_unavailable',
  'too_busy',
  'email_not_configured',
  'email_busy',
  'unavailable',
] as const
export type FailureCode = (typeof failureCodes)[number]

/** The facts of a failure, for programs. */
export interface Facts {
  /** Time (ms) until a retry is worthwhile. */
  retryAfterMs?: number
  /** The scope that a token would need. */
  neededScope?: string
}

/**
 * A failure that is reported to the caller; any other error is a bug. `errors` holds one readable sentence per problem,
 * none if the code says it all.
 */
export class ApiError<Code extends string = FailureCode> extends Error {
  readonly code: Code
  readonly errors: readonly string[]
  readonly facts: Facts

  constructor(code: NoInfer<Code>, sentences: string | readonly string[] = [], facts: Facts = {}) {
    super(code)
    this.name = 'ApiError'
    this.code = code
    this.errors = typeof sentences === 'string' ? [sentences] : sentences
    this.facts = facts
  }
}
