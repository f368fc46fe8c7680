import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isGuessable } from './guessable.ts'
import { randomSecret } from './secrets.ts'

/**
 * The signing secret of a server without `JWT_SECRET`: made on first start and kept beside the database, readable by
 * its owner only, so that a restart signs no one out. Never used in production.
 * @throws {Error} when the file exists and its content is too short, or too easily guessed, to sign with.
 */
export function keptSecret(databasePath: string): string {
  const file = join(dirname(databasePath), 'jwt-secret')
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, randomSecret(), { mode: 0o600 })
  try {
    // Linked, not written in place, so that two servers that start at once never read half a secret.
    linkSync(draft, file)
  } catch {
    // It exists already, from an earlier or a simultaneous start; any other error shows when it is read.
  } finally {
    rmSync(draft)
  }
  const secret = readFileSync(file, 'utf8')
  if (Buffer.byteLength(secret) < 32 || isGuessable(secret))
    throw new Error(`${file} contains no secret; delete it, and everyone signs in again`)
  return secret
}
