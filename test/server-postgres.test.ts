import t from 'tap'
import { until } from './helper.ts'
import { patientFetch } from './killable-server.ts'
import { ownPostgres } from './postgres-server.ts'
import { type Answer, send, signUpAt, startServer } from './server-process.ts'
import { JWT_SECRET, twoNodes } from './two-nodes.ts'

t.test('security 12: two processes on one server: what one ends, the other refuses at the next request', async t => {
  const [one, two] = (await twoNodes()).servers
  const token = await signUpAt(one, 'maya')
  t.equal((await send(two, '/me', { token })).status, 200)
  await patientFetch(`${one.url}/logout`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
  t.equal((await send(two, '/me', { token })).status, 401)
})

t.test(
  'security 35: a while without the database under load: only 503 meanwhile, no entry lost or doubled after',
  async t => {
    const own = await ownPostgres(t)
    const server = await startServer(t, { JWT_SECRET, DATABASE_URL: own.url })
    const token = await signUpAt(server, 'maya')
    const seen = new Map<number, number>()
    const acknowledged = new Set<string>()
    let running = true

    /** Logs one mood after the other, each until it is acknowledged, like a phone that was offline. */
    const client = async () => {
      while (running) {
        const id = crypto.randomUUID()
        for (let done = false; !done; ) {
          const answer = await send(server, '/mood', { token, body: { id, mood: 5 } })
          done = isDone(answer)
          if (!done) await new Promise(resolve => setTimeout(resolve, 50))
        }
        acknowledged.add(id)
      }
    }
    const isDone = ({ status, headers, json }: Answer) => {
      seen.set(status, (seen.get(status) ?? 0) + 1)
      if (status === 503) t.match([headers.get('retry-after'), json().code], ['5', 'unavailable'])
      return status < 300
    }

    const clients = Array.from({ length: 8 }, client)
    const failed = Promise.all(clients)
    const comesTo = (goal: () => boolean | Promise<boolean>) => Promise.race([until(goal), failed])
    await comesTo(() => acknowledged.size >= 50)
    await own.stop()
    await comesTo(() => (seen.get(503) ?? 0) >= 50)
    await own.start()
    await comesTo(async () => (await send(server, '/ready')).status === 200)
    const before = acknowledged.size
    await comesTo(() => acknowledged.size >= before + 50)
    running = false
    await Promise.all(clients)

    t.ok(
      [...seen.keys()].every(status => [200, 201, 503].includes(status)),
      [...seen].join(' '),
    )
    const { moods } = (await send(server, '/mood', { token })).json()
    const ids = moods.map(({ id }: { id: string }) => id)
    t.equal(new Set(ids).size, ids.length, 'none doubled')
    t.strictSame(
      [...acknowledged].filter(id => !ids.includes(id)),
      [],
      'none lost',
    )
    t.equal(ids.length, acknowledged.size)
  },
)
