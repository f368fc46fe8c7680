import { type PasswordOwner, passwordProblem } from '../../src/auth/password-rules.ts'
import type { SignupRole } from '../../src/config.ts'
import { Conflict } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/http/problem-details.ts'

/** Checks that sign-up shares with later changes of a name or password. */

/** The errors of a route that confirms that the owner of the account is asking. */
export const ownerErrors = [
  'wrong_password',
  'reauthentication_required',
  'too_busy',
  'cross_site_request',
] as const satisfies ErrorCode[]

/** The error for a taken name. */
export function nameTaken(error: unknown): never {
  if (error instanceof Conflict && error.table === 'usernames') throw new ApiError('username_taken')
  if (error instanceof Conflict && error.table === 'emails') throw new ApiError('email_taken')
  throw error
}

/**
 * Refuses an unsuitable password.
 * @param field its field in the body.
 */
export async function usablePassword(field: string, password: string, owner: PasswordOwner) {
  const problem = await passwordProblem(password, owner, field)
  if (problem) throw problem
}

/**
 * The default role at sign-up.
 * @param allowed at sign-up; not empty.
 */
export function defaultRole(allowed: readonly SignupRole[]): SignupRole {
  return allowed.includes('member') ? 'member' : (allowed[0] as SignupRole)
}
