import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import Client from 'better-sqlite3'
import t from 'tap'

interface Journal {
  entries: { idx: number; tag: string; when: number }[]
}

const journal = (engine: string) =>
  JSON.parse(
    readFileSync(resolve(import.meta.dirname, `../../migrations/${engine}/meta/_journal.json`), 'utf8'),
  ) as Journal

t.test('both engines have the same migrations, in the same order', t => {
  const [sqlite, postgres] = [journal('sqlite'), journal('postgres')].map(({ entries }) =>
    entries.map(({ tag }) => tag),
  )
  t.strictSame(sqlite, postgres)
  t.end()
})

t.test('each migration is later than the one before: drizzle would skip it silently', t => {
  for (const engine of ['sqlite', 'postgres']) {
    const whens = journal(engine).entries.map(({ when }) => when)
    t.strictSame(
      whens,
      [...new Set(whens)].sort((a, b) => a - b),
    )
  }
  t.end()
})

t.test('a million entries are upgraded: SQLite finds the tags of an entry, and not all of its owner for each', t => {
  const folder = resolve(import.meta.dirname, '../../migrations/sqlite')
  const client = new Client(':memory:')
  const plans: string[] = []
  for (const { tag } of journal('sqlite').entries) {
    const statements = readFileSync(resolve(folder, `${tag}.sql`), 'utf8').split('--> statement-breakpoint')
    for (const statement of statements) {
      if (/FROM `mood_tags`/.test(statement)) {
        const plan = client.prepare(`explain query plan ${statement}`).all() as { detail: string }[]
        plans.push(...plan.map(({ detail }) => detail).filter(detail => /SEARCH mood_tags/.test(detail)))
      }
      client.exec(statement)
    }
  }
  client.close()
  t.ok(plans.length > 0)
  for (const plan of plans) t.match(plan, /user_id=\? AND mood_id=\?/)
  t.end()
})
