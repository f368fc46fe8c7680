import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { randomSecret } from './secrets.ts'

/**
 * The signing secret of a server that was given none: made on first start and kept beside the database, readable by
 * its owner only, so that a restart signs nobody out. Never used in production.
 * @throws {Error} when the file is there and holds nothing that is long enough to sign with.
 */
export function keptSecret(databasePath: string): string {
  const file = join(dirname(databasePath), 'jwt-secret')
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, randomSecret(), { mode: 0o600 })
  try {
    // Linked and not written in place, so that of two servers that start at once neither reads half a secret.
    linkSync(draft, file)
  } catch {
    // It is there already, from an earlier start or one at this very moment; anything else shows when it is read.
  } finally {
    rmSync(draft)
  }
  const secret = readFileSync(file, 'utf8')
  if (Buffer.byteLength(secret) < 32) throw new Error(`${file} holds no secret; delete it and everybody signs in again`)
  return secret
}
