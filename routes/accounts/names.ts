import { type PasswordOwner, passwordProblem } from '../../src/auth/password-rules.ts'
import type { SignupRole } from '../../src/config.ts'
import { Conflict } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'

/** What sign-up and the later changes of a name or a password say in the same way. */

/** Answers a name that somebody has already. */
export function nameTaken(error: unknown): never {
  if (error instanceof Conflict && error.table === 'usernames') throw new ApiError('username_taken')
  if (error instanceof Conflict && error.table === 'emails') throw new ApiError('email_taken')
  throw error
}

/** Refuses what is no good as a password. @param field of the body that it came in. */
export async function usablePassword(field: string, password: string, owner: PasswordOwner) {
  const problem = await passwordProblem(password, owner, field)
  if (problem) throw problem
}

/** The role of one who does not choose. @param allowed at sign-up; not empty. */
export function defaultRole(allowed: readonly SignupRole[]): SignupRole {
  return allowed.includes('member') ? 'member' : (allowed[0] as SignupRole)
}
