import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { buildApp } from '../src/app.ts'
import { startPasswords } from '../src/auth/passwords.ts'
import { readConfig } from '../src/config.ts'
import { openDatabase } from '../src/db/open.ts'
import { userStore } from '../src/users/users.ts'
import { temporaryFolder } from './processes.ts'
import { median, table } from './table.ts'

/** The control's difference is so large that a few rounds are enough. */
const controlRounds = 60
/** The tolerated difference of medians: beyond it, enough requests reveal who has an account. */
const tolerance = 0.02
/** The minimum cost in production: the less there is to compute, the more other differences show. */
const cost = 10

/** The duration of a login and the processor time of all threads, in ms. */
interface Duration {
  ms: number
  cpu: number
}
type Durations = Record<Kind, Duration[]>

type App = Awaited<ReturnType<typeof buildApp>>

/** The reasons for a failed login, each with a user in the database or none. */
const kinds = ['unknown', 'wrong', 'no password', 'disabled', 'cheaper hash'] as const
type Kind = (typeof kinds)[number]
const nameOf = (kind: Kind) => kind.replace(' ', '-')

/**
 * Whether the time of a failed login tells why it failed.
 * @param rounds failed logins of each kind.
 * @returns the medians and, for control, the same of a server that compares nothing where there is no hash: if that
 *   shows no difference either, the program cannot detect one.
 */
export async function measureLoginTiming(rounds = 600): Promise<string> {
  const app = await startApp()
  try {
    const honest = await measure(app, rounds)
    const { verify } = app.passwords
    // Only here: the server cannot turn the comparison off.
    app.passwords.verify = async (password, hash, from) => (hash ? verify(password, hash, from) : false)
    const control = await measure(app, controlRounds)
    const [spread, controlSpread] = [spreadOf(honest), spreadOf(control)]
    if (spread > tolerance || controlSpread <= tolerance) process.exitCode = 1
    return [
      table(
        [`${rounds} failed logins each, cost ${cost}`, 'median ms', 'processor ms', 'ms without the dummy hash'],
        kinds.map(kind => [
          kind,
          medianOf(honest[kind], 'ms').toFixed(2),
          medianOf(honest[kind], 'cpu').toFixed(2),
          medianOf(control[kind], 'ms').toFixed(2),
        ]),
      ),
      '',
      `The medians differ by ${percent(spread)}: ${spread > tolerance ? 'TOO MUCH' : 'fine'} (goal: at most ${percent(tolerance)}).`,
      `Those of the processor time, which other programs disturb less, by ${percent(spreadOf(honest, 'cpu'))}.`,
      `Without the dummy hash by ${percent(controlSpread)}: ${controlSpread > tolerance ? 'detected' : 'NOT DETECTED'}.`,
    ].join('\n')
  } finally {
    await app.close()
  }
}

async function startApp(): Promise<App> {
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: `file:${join(temporaryFolder(), 'moods.db')}`,
    JWT_SECRET: 'only for the benchmark, and long enough for that',
    BCRYPT_COST: String(cost),
    RATE_LIMIT: 'off',
  })
  const database = await openDatabase(config.databaseUrl)
  const app = await buildApp({ config, jwtSecret: config.jwtSecret as string, database })
  const cheap = startPasswords(cost - 2)
  const [hash, cheaperHash] = await Promise.all([app.passwords.hash(right), cheap.hash(right)])
  await cheap.close()
  const { users } = database.tables
  for (const kind of kinds.filter(each => each !== 'unknown')) {
    const nothing = { email: null, firstName: null, lastName: null, timezone: null }
    const passwordHash = kind === 'cheaper hash' ? cheaperHash : hash
    const user = userStore(database).create(
      { ...nothing, username: nameOf(kind), role: 'member', passwordHash },
      Date.now(),
    )
    await database.atomic(user.writes)
    const fields = { 'no password': { passwordHash: null }, disabled: { disabledAt: new Date() } }[kind as string]
    if (fields) await database.query(db => db.update(users).set(fields).where(eq(users.id, user.id)))
  }
  return app
}

const right = 'correct horse battery'

async function measure(app: App, times: number): Promise<Durations> {
  const durations = Object.fromEntries(kinds.map(kind => [kind, [] as Duration[]])) as Durations
  // The first ones run cold code.
  for (const kind of kinds) await failedLogin(app, kind)
  for (let round = 0; round < times; round++) {
    // Each kind comes first, last and after each other kind equally often, so that after-effects are balanced.
    for (const kind of shuffled(kinds)) durations[kind].push(await failedLogin(app, kind))
  }
  return durations
}

async function failedLogin(app: App, kind: Kind): Promise<Duration> {
  // With the right password where it must not help.
  const password = kind === 'disabled' ? right : 'correct horse batterz'
  const [before, cpuBefore] = [performance.now(), process.cpuUsage()]
  const { statusCode } = await app.inject({
    method: 'POST',
    url: '/login',
    payload: { username: nameOf(kind), password },
  })
  const ms = performance.now() - before
  const { user, system } = process.cpuUsage(cpuBefore)
  if (statusCode !== 401) throw new Error(`${kind}: expected 401, got ${statusCode}`)
  return { ms, cpu: (user + system) / 1000 }
}

const medianOf = (durations: readonly Duration[], what: keyof Duration) => median(durations.map(each => each[what]))

function spreadOf(durations: Durations, what: keyof Duration = 'ms'): number {
  const medians = Object.values(durations).map(of => medianOf(of, what))
  return Math.max(...medians) / Math.min(...medians) - 1
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map(item => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`
