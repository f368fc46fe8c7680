import { existsSync } from 'node:fs'
import { examineSqlite } from './examine.sqlite.ts'
import { verifyManifest } from './manifest.ts'

/**
 * Verifies a database or a backup without changing it.
 * @returns lines about the checks and the number of rows.
 * @throws {Error} with the fault.
 */
export async function checkSqlite(file: string): Promise<string[]> {
  if (!existsSync(file)) throw new Error(`no such file: ${file}`)
  const listed = await verifyManifest(file)
  const { migrations, rows } = examineSqlite(file, true)
  if (migrations.applied === 0) throw new Error(`${file} is empty: no server has created its tables yet`)
  return [
    `${file} is OK.`,
    `Checked: integrity, foreign keys, migrations (${migrations.applied} of ${migrations.known} known), ` +
      (listed ? 'SHA-256 manifest.' : 'no SHA-256 manifest found.'),
    'Rows:',
    ...rows.map(({ table, count }) => `  ${table}: ${count}`),
  ]
}
