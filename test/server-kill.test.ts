import { join } from 'node:path'
import Client from 'better-sqlite3'
import t from 'tap'
import { temporaryFolder, until } from './helper.ts'
import { type Answer, type ServerProcess, send, signUpAt, startServer } from './server-process.ts'

const rounds = 3
const writers = 8

t.test(
  'security 32: three kills under write load lose no entry that was acknowledged, and leave none by halves',
  async t => {
    const file = join(temporaryFolder(t), 'data', 'moods.db')
    const start = () => startServer(t, { DATABASE_URL: `file:${file}`, LOG_LEVEL: 'warn' })
    const acknowledged = new Map<string, string>()

    let server = await start()
    const token = await signUpAt(server, 'maya')
    for (let round = 1; round <= rounds; round++) {
      const goal = acknowledged.size + 20 + 14 * round
      const load = Array.from({ length: writers }, () => writeOn(server, token, acknowledged))
      await Promise.race([until(() => acknowledged.size >= goal), ...load])
      await server.stop('SIGKILL')
      await Promise.all(load)

      server = await start()
      const { moods, total } = (await send(server, '/mood', { token })).json()
      const there = new Map<string, string>(moods.map(({ id, note }: { id: string; note: string }) => [id, note]))
      t.strictSame(
        [...acknowledged].filter(([id, note]) => there.get(id) !== note),
        [],
        `round ${round}: nothing lost`,
      )
      for (const [id, note] of [...acknowledged].slice(-3))
        t.equal((await write(server, token, note)).json().mood.id, id, 'a request sent again is known by its key')
      t.equal(total, there.size)
      // A write whose answer was in flight at the kill may exist; one that was never sent may not.
      t.ok(total <= acknowledged.size + writers * round, `${total} are there, ${acknowledged.size} acknowledged`)

      const database = new Client(file, { readonly: true })
      t.equal(database.pragma('integrity_check', { simple: true }), 'ok')
      const counted = database.prepare(
        'select (select count(*) from moods) as entries, (select count(*) from mood_tags) as tags, mood_version as version from users',
      )
      t.strictSame(counted.all(), [{ entries: total, tags: 2 * total, version: total }], 'tags and version with it')
      database.close()
    }
  },
)

let written = 0

/** Logs moods, one after the other, until the server is gone, and records the acknowledged ids. */
async function writeOn(server: ServerProcess, token: string, acknowledged: Map<string, string>) {
  for (;;) {
    const note = `entry ${written++}`
    const answer = await write(server, token, note).catch((): Answer | undefined => undefined)
    if (!answer) return
    if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`)
    acknowledged.set(answer.json().mood.id, note)
  }
}

function write(server: ServerProcess, token: string, note: string): Promise<Answer> {
  const body = { mood: 5, note, tags: ['killed', 'written'], date: '2026-03-01' }
  return send(server, '/mood', { token, body, headers: { 'idempotency-key': note.replace(' ', '-') } })
}
