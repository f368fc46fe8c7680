import { existsSync } from 'node:fs'
import { examineSqlite } from './examine.sqlite.ts'
import { verifyManifest } from './manifest.ts'

export interface SqliteCheck {
  /** About the checks and the number of rows. */
  lines: string[]
  /** Whether the schema is of this version. */
  isCurrent: boolean
}

/**
 * Verifies a database or a backup without changing it.
 * @throws {Error} with the fault.
 */
export async function checkSqlite(file: string): Promise<SqliteCheck> {
  if (!existsSync(file)) throw new Error(`no such file: ${file}`)
  const listed = await verifyManifest(file)
  const { migrations, rows } = examineSqlite(file, true)
  if (migrations.applied === 0) throw new Error(`${file} is empty: no server has created its tables yet`)
  const lines = [
    `${file} is OK.`,
    `Checked: integrity, foreign keys, migrations (${migrations.applied} of ${migrations.known} known), ` +
      (listed ? 'SHA-256 manifest.' : 'no SHA-256 manifest found.'),
    'Rows:',
    ...rows.map(({ table, count }) => `  ${table}: ${count}`),
  ]
  return { lines, isCurrent: migrations.applied === migrations.known }
}
