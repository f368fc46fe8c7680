import pg from 'pg'
import t from 'tap'
import { textHash } from '../../src/db/text-hash.postgres.ts'
import { startPostgres } from '../postgres-server.ts'

const server = await startPostgres(t)

t.test("the hash of a text is the server's, whatever its length and its characters", async t => {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  t.teardown(() => client.end())
  const characters = ['a', '-', '7', 'é', '日', '🌿', '\u007f']
  const texts = Array.from({ length: 300 }, (_, i) =>
    Array.from({ length: i % 40 }, (_, j) => characters[(i * 7 + j * j) % characters.length]).join(''),
  )
  texts.push(crypto.randomUUID(), 'readiness')
  const { rows } = await client.query('select text, hashtext(text) as hash from unnest($1::text[]) as text', [texts])
  t.strictSame(
    rows.map(({ text }) => ({ text, hash: textHash(text) })),
    rows,
  )
})
