import { once } from 'node:events'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { eq } from '../src/db/conditions.ts'
import { checkSnapshots } from '../src/moods/check-snapshots.ts'
import { openUpgraded } from '../src/upgrades/open-upgraded.ts'
import { userStore } from '../src/users/users.ts'
import { patientFetch, randomFrom, type Server, secret, settingsFor, startKillable } from './killable-server.ts'

/**
 * Random histories of many people, written through two servers on one database, each of which is killed again and again
 * while requests are under way. After each kill, and at the end, every snapshot beside a user must be what their entries
 * make; and what each server answers in the end must be what plain code makes of the person's dates.
 *
 * As a program: `node test/histories-under-kills.ts [--engine sqlite|postgres] [--histories 10000] [--kills 200] [--seed N]`
 */
export interface Trial {
  databaseUrl: string
  /** Environment of the servers besides what they need. */
  env?: NodeJS.ProcessEnv
  histories: number
  kills: number
  seed: number
  say?: (line: string) => void
}

export interface Outcome {
  requests: number
  /** Requests whose server was killed before it answered. */
  unanswered: number
  kills: number
  /** Snapshots found right, over all checks. */
  checked: number
  /** What was wrong: none, or the guarantee is broken. */
  differences: string[]
}

const stepsPerHistory = 12
const maxSpares = 4
/** Histories under way at a time. */
const together = 16
const zones = ['UTC', 'Europe/Berlin', 'Pacific/Apia', 'Pacific/Kwajalein']

export async function underKills(trial: Trial): Promise<Outcome> {
  const { databaseUrl, histories, seed, say = () => {} } = trial
  const settings = settingsFor(databaseUrl)
  const config = readConfig({ ...settings, LOG_LEVEL: 'silent' })
  const database = await openUpgraded(databaseUrl)
  const app = await buildApp({ config, jwtSecret: secret, database })
  const users = userStore(app.database)
  const { users: table } = database.tables
  const zoneOf = database.prepare('test_zone', { userId: table.id }, (db, { userId }) =>
    db.select({ zone: table.timezone }).from(table).where(eq(table.id, userId)),
  )
  const next = randomFrom(seed)
  const upTo = (n: number) => Math.floor(next() * n)
  const outcome: Outcome = { requests: 0, unanswered: 0, kills: 0, checked: 0, differences: [] }
  const killEvery = Math.ceil((histories * (stepsPerHistory + 3)) / (trial.kills + 1))

  const environment = { ...trial.env, ...settings }
  const servers: (Server | undefined)[] = [
    // One after the other: the first makes the tables.
    await startKillable(environment),
    await startKillable(environment),
  ]
  // Started ahead, as a start takes longer than what happens between two kills.
  let left = trial.kills
  const spares: Promise<Server>[] = []
  const spare = () => {
    while (left > 0 && spares.length < maxSpares) {
      left--
      spares.push(startKillable(environment))
    }
    return spares.shift() as Promise<Server>
  }
  let restarting: Promise<void> | undefined

  /** Kills one of the two, checks what it left, and starts another in its place. */
  async function kill() {
    const place = upTo(2)
    const { child } = servers[place] as Server
    servers[place] = undefined
    outcome.kills++
    child.kill('SIGKILL')
    await once(child, 'close')
    const [replaced] = await Promise.all([spare(), check(`after kill ${outcome.kills}`)])
    servers[place] = replaced
  }

  async function check(when: string) {
    const { right, outdated, wrong } = await checkSnapshots(database)
    outcome.checked += right
    outcome.differences.push(...wrong.map(user => `${when}: the snapshot of ${user}`))
    say(`${when}: ${right} snapshots right, ${outdated} of another version, ${wrong.length} wrong`)
  }

  async function call(token: string, place: number, method: string, path: string, body?: object) {
    outcome.requests++
    while (outcome.requests >= killEvery * (outcome.kills + 1) && outcome.kills < trial.kills) {
      // One at a time: the other server goes on meanwhile.
      if (restarting !== undefined) await restarting
      else {
        restarting = kill().finally(() => {
          restarting = undefined
        })
      }
    }
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
    try {
      const answer = await patientFetch(`${(servers[place] ?? servers[1 - place])?.url}${path}`, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      })
      // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers.
      const json: any = await answer.json()
      if (answer.status >= 500 && answer.status !== 503)
        outcome.differences.push(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`)
      return answer.ok ? json : undefined
    } catch {
      outcome.unanswered++
      return undefined
    }
  }

  async function history(n: number) {
    const name = `person-${seed}-${n}`
    const timezone = zones[upTo(zones.length)] as string
    const at = Date.now()
    const none = { email: null, firstName: null, lastName: null, passwordHash: null }
    const person = users.create({ ...none, username: name, role: 'member', timezone }, at)
    const session = app.sessions.begin(person.id, at, { ip: '127.0.0.1', device: null })
    await database.atomic([...person.writes, ...session.writes])
    const token = app.accessTokens.sign({ sub: person.id, sid: session.id })
    const ids: string[] = []
    // Around the days that two of the zones skipped, so that runs touch them.
    const [from, span] = next() < 0.5 ? [Date.parse('2011-12-24'), 14] : [Date.parse('1993-08-15'), 14]
    const date = () => new Date(from + upTo(span) * 86_400_000).toISOString().slice(0, 10)

    async function step() {
      const place = upTo(2)
      const dice = next()
      const id = ids[upTo(ids.length)]
      if (dice < 0.55 || id === undefined) {
        const made = await call(token, place, 'POST', '/mood', { mood: 5, date: date() })
        if (made) ids.push(made.mood.id)
      } else if (dice < 0.65) await call(token, place, 'DELETE', `/mood/${id}`)
      else if (dice < 0.72) await call(token, place, 'PATCH', `/mood/${id}`, { date: date() })
      else if (dice < 0.8) await call(token, place, 'PATCH', `/mood/${id}`, { note: `${dice}` })
      else if (dice < 0.83) await call(token, place, 'PATCH', '/profile', { timezone: zones[upTo(zones.length)] })
      else await call(token, place, 'GET', next() < 0.5 ? '/mood?per_page=20' : '/mood/streak')
    }

    for (let taken = 0; taken < stepsPerHistory; ) {
      const atOnce = next() < 0.4 ? 2 : 1
      await Promise.all(Array.from({ length: atOnce }, step))
      taken += atOnce
    }
    const whole = await call(token, 0, 'GET', '/mood')
    const page = await call(token, 1, 'GET', '/mood?per_page=20')
    const streak = await call(token, 0, 'GET', '/mood/streak')
    if (!whole || !page || !streak) return
    const [row] = await zoneOf.execute({ userId: person.id })
    const expected = longestOf(
      whole.moods.map(({ date }: { date: string }) => date),
      goneIn[row?.zone ?? ''] ?? [],
    )
    for (const [what, { total, streak_details: details }] of Object.entries({
      whole,
      page,
      streak: { ...streak, total: whole.moods.length },
    })) {
      if (total !== whole.moods.length || details.longest.length !== expected)
        outcome.differences.push(
          `${name}: ${what} tells ${total}, ${details.longest.length}; it is ${whole.moods.length}, ${expected}`,
        )
    }
  }
  let begun = 0
  const lane = async () => {
    while (begun < histories) await history(begun++)
  }
  await Promise.all(Array.from({ length: together }, lane))
  await restarting
  await check('at the end')
  for (const { child } of [...(servers as Server[]), ...(await Promise.all(spares))]) {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  await check('after everything')
  await app.close()
  return outcome
}

/** The days that two zones skipped, as the tz database tells. */
const goneIn: Record<string, readonly string[]> = {
  'Pacific/Apia': ['2011-12-30'],
  'Pacific/Kwajalein': ['1993-08-21'],
}

/** The length of the longest run, day by day: a day that did not exist is passed unless it has an entry. */
function longestOf(dates: readonly string[], gone: readonly string[]): number {
  const days = new Set(dates)
  const after = (date: string) => new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10)
  let longest = 0
  for (const date of days) {
    let length = 0
    for (let day = date; days.has(day) || (gone.includes(day) && length > 0); day = after(day))
      length += days.has(day) ? 1 : 0
    longest = Math.max(longest, length)
  }
  return longest
}

if (import.meta.main) {
  const { parseArgs } = await import('node:util')
  const number = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'sqlite' },
      histories: number(10_000),
      kills: number(200),
      seed: number(Math.floor(Math.random() * 2 ** 31)),
    },
  })
  const { temporaryFolder } = await import('../bench/processes.ts')
  const postgres =
    values.engine === 'postgres' ? await (await import('../bench/postgres.ts')).startPostgres() : undefined
  const databaseUrl = postgres ? `${postgres.url}/postgres` : `file:${temporaryFolder()}/moods.db`
  const [histories, kills, seed] = [Number(values.histories), Number(values.kills), Number(values.seed)]
  console.log(`seed ${seed}, ${values.engine}`)
  const outcome = await underKills({ databaseUrl, histories, kills, seed, say: console.log })
  console.log(JSON.stringify({ ...outcome, differences: outcome.differences.slice(0, 20) }, null, 2))
  console.log(`${outcome.differences.length} differences; seed ${seed}`)
  await postgres?.stop()
  process.exit(outcome.differences.length === 0 ? 0 : 1)
}
