import t, { type Test } from 'tap'
import { type ServerProcess, send, signUpAt, startServer } from './server-process.ts'

interface Entry {
  date: string
  occurred_at: string
  timezone: string
  streak: number
}

/** The answers to a user who logs on March 1, 2, 3 and 5 and then looks back from several days. */
async function march(t: Test, server: ServerProcess) {
  const token = await signUpAt(server, 'maya')
  for (const day of [1, 2, 3, 5]) {
    const answer = await send(server, '/mood', { token, body: { mood: day, date: `2026-03-0${day}` } })
    t.equal(answer.status, 201, answer.text)
  }
  const look = async (query: string) => {
    const { moods, streak, streak_details } = (await send(server, `/mood${query}`, { token })).json()
    return { entries: moods.map((entry: Entry) => [entry.date, entry.streak]), streak, streak_details }
  }
  return Object.fromEntries(await Promise.all(days.map(async day => [day, await look(`?as_of=${day}`)])))
}
const days = ['2026-03-03', '2026-03-04', '2026-03-05', '2026-03-06', '2026-03-07']

/** Entries dated by an instant, each close to a midnight somewhere. */
async function aroundMidnight(server: ServerProcess) {
  const token = await signUpAt(server, 'noah')
  const answers: unknown[] = []
  for (const body of [
    { mood: 1, occurred_at: '2026-03-01T23:59:59Z' },
    { mood: 2, occurred_at: '2026-03-08T09:59:59Z', timezone: 'America/Los_Angeles' },
    { mood: 3, occurred_at: '2026-03-01T15:00:00Z', timezone: 'Asia/Tokyo' },
    { mood: 4, occurred_at: '2026-03-01T00:30:00+09:00' },
  ]) {
    const { mood } = (await send(server, '/mood', { token, body })).json()
    answers.push({ date: mood.date, occurred_at: mood.occurred_at, timezone: mood.timezone })
  }
  return answers
}

t.test('the zone that the server stands in changes no answer', async t => {
  t.jobs = 2
  const seen: Record<string, unknown> = {}
  await Promise.all(
    ['Asia/Tokyo', 'America/Los_Angeles'].map(zone =>
      t.test(`a server in ${zone}`, async t => {
        const server = await startServer(t, { TZ: zone, LOG_LEVEL: 'warn' })
        const asOf = await march(t, server)
        t.strictSame(asOf['2026-03-07'].entries, [
          ['2026-03-05', 1],
          ['2026-03-03', 3],
          ['2026-03-02', 2],
          ['2026-03-01', 1],
        ])
        t.strictSame(
          days.map(day => [day, asOf[day].streak, asOf[day].streak_details.status]),
          [
            ['2026-03-03', 3, 'active'],
            ['2026-03-04', 3, 'at_risk'],
            ['2026-03-05', 1, 'active'],
            ['2026-03-06', 1, 'at_risk'],
            ['2026-03-07', 0, 'broken'],
          ],
        )
        seen[zone] = { asOf, midnight: await aroundMidnight(server) }
        t.match(seen[zone], {
          midnight: [{ date: '2026-03-01' }, { date: '2026-03-08' }, { date: '2026-03-02' }, { date: '2026-03-01' }],
        })
      }),
    ),
  )
  t.strictSame(seen['Asia/Tokyo'], seen['America/Los_Angeles'])
})
