/** How our own code fails: with a code, sentences for people, and facts for programs. How that is answered is not said here. */

/** The codes that a domain or whoever calls it can fail with. */
export const failureCodes = [
  'invalid_request',
  'password_too_common',
  'mood_off_scale',
  'date_in_future',
  'invalid_code',
  'invalid_state',
  'invalid_image',
  'authentication_required',
  'invalid_token',
  'invalid_credentials',
  'forbidden',
  'wrong_password',
  'reauthentication_required',
  'insufficient_scope',
  'role_not_allowed',
  'not_found',
  'username_taken',
  'email_taken',
  'email_missing',
  'email_verified',
  'id_taken',
  'identity_taken',
  'last_way_in',
  'too_many_identities',
  'too_many_tokens',
  'limit_reached',
  'last_admin',
  'edit_conflict',
  'stale_version',
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

/** What a program can use of a failure. */
export interface Facts {
  /** After how long (ms) it is worth trying again. */
  retryAfterMs?: number
  /** What a token would have to be allowed. */
  neededScope?: string
}

/**
 * A failure that the caller is told of; any other error is a fault of ours.
 * `errors` holds one readable sentence per thing that is wrong, none where the code says all there is to say.
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
