import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { randomSecret } from './secrets.ts'

/**
 * The signing secret of a server that was given none: made on first start and kept beside the database, readable by
 * its owner only, so that a restart signs nobody out. Never used in production.
 */
export function keptSecret(databasePath: string): string {
  const file = join(dirname(databasePath), 'jwt-secret')
  try {
    writeFileSync(file, randomSecret(), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(file, 'utf8')
}
