import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
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
