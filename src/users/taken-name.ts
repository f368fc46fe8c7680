import { Conflict } from '../db/database.ts'

/**
 * Explains to an operator why an account was not made.
 * @throws {Error} with a sentence where its name is taken, also by one made at the same moment; other errors as they are.
 */
export function explainTaken(error: unknown): never {
  throw error instanceof Conflict ? new Error('there is such an account already') : error
}
