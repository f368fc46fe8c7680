import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { buildApp } from '../../src/app.ts'
import { startPasswords } from '../../src/auth/passwords.ts'
import { readConfig } from '../../src/config.ts'
import type { WritableDatabase } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { recurringJobs } from '../../src/server/jobs.ts'
import type { Fetch } from './device.ts'
import { fetchOf } from './fetch-of-app.ts'
import { type Happening, type Host, happenings, randomFrom, runWorld } from './world.ts'

/**
 * Simulated worlds, one after the other, on an app in this process or on two servers that are killed again and again.
 *
 * As a program: `node test/client/worlds.ts [--worlds 2000] [--operations 300] [--kills 200] [--seed N] [--url postgres://…]`
 */
export interface Trial {
  databaseUrl: string
  worlds: number
  operations: number
  seed: number
  /** With any, the worlds share two server processes, of which one is killed every 200 operations or so. */
  kills?: number
  say?: (line: string) => void
}

export interface Outcome {
  worlds: number
  requests: number
  streaks: number
  questions: number
  rejected: number
  kills: number
  happened: Record<Happening, number>
  differences: string[]
}

const secret = 'a secret that only the tests know, and long enough'
const settings = (databaseUrl: string) => ({
  NODE_ENV: 'test',
  DATABASE_URL: databaseUrl,
  JWT_SECRET: secret,
  BCRYPT_COST: '4',
  RATE_LIMIT: 'off',
  LOG_LEVEL: 'silent',
})

export async function runWorlds(trial: Trial): Promise<Outcome> {
  const { worlds, operations, seed, kills = 0, say = () => {} } = trial
  const happened = Object.fromEntries(happenings.map(one => [one, 0])) as Outcome['happened']
  const counts = { worlds: 0, requests: 0, streaks: 0, questions: 0, rejected: 0, kills: 0 }
  const outcome: Outcome = { ...counts, happened, differences: [] }
  await using host = kills > 0 ? await twoServers(trial, outcome) : await oneApp(trial)
  const began = Date.now()
  for (let n = 0; n < worlds; n++) {
    const world = { seed: seed + n, operations, host, username: `world-${seed + n}` }
    try {
      const report = await runWorld(world)
      for (const name of ['requests', 'streaks', 'questions', 'rejected'] as const) outcome[name] += report[name]
      for (const name of happenings) happened[name] += report.happened[name]
    } catch (error) {
      outcome.differences.push(`${(error as Error).stack}`)
      say(`${(error as Error).stack}`)
    }
    outcome.worlds++
    if ((n + 1) % 20 === 0)
      say(`${n + 1} worlds, ${((Date.now() - began) / (n + 1)).toFixed(0)} ms each, ${outcome.kills} kills`)
  }
  return outcome
}

type Ending = Host & AsyncDisposable

async function oneApp({ databaseUrl }: Trial): Promise<Ending> {
  const config = readConfig(settings(databaseUrl))
  const clock = { now: Date.now() }
  const passwords = startPasswords(4)
  const database = await openDatabase(config.databaseUrl)
  const app = await buildApp({ config, jwtSecret: secret, database, passwords, now: () => clock.now })
  return {
    clock,
    fetch: fetchOf(app as never),
    purge: purgeOf(database, () => clock.now),
    async [Symbol.asyncDispose]() {
      await app.close()
    },
  }
}

/** Runs the server's own jobs that delete what is old. */
function purgeOf(database: WritableDatabase, now: () => number) {
  const jobs = recurringJobs(database, () => {})
  return async () => {
    for (const { run } of jobs) await run(now(), new AbortController().signal)
  }
}

/** Two servers on one database, which are told the time. */
async function twoServers({ databaseUrl, kills, seed }: Trial, outcome: Outcome): Promise<Ending> {
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-worlds-'))
  const random = randomFrom(seed)
  const clock = { now: Date.now() }
  const env = {
    ...process.env,
    ...settings(databaseUrl),
    PORT: '0',
    CLOCK: String(clock.now),
    NODE_COMPILE_CACHE: resolve(import.meta.dirname, '../../node_modules/.cache/moodstreak-worlds'),
  }
  let started = 0
  const start = () => {
    const name = `world-${++started}`
    return startServer({ ...env, DATABASE_URL: named(databaseUrl, name) }, folder, name)
  }
  const servers = [await start(), await start()] as [Server, Server]
  // Takes the place of one that is killed.
  let spare = start()
  const database = await openDatabase(readConfig(settings(databaseUrl)).databaseUrl)
  const processes = await endings(databaseUrl)
  let untilKill = 150

  const fetchFrom: Fetch = async (url, init) => {
    if (--untilKill <= 0 && url === '/sync' && outcome.kills < (kills ?? 0)) {
      untilKill = 100 + random.below(100)
      outcome.kills++
      const which = random.below(2) as 0 | 1
      // While it works on the request, or before, or after.
      setTimeout(() => servers[which].child.kill('SIGKILL'), random.below(6))
      const asked = ask(servers[which], clock.now, url, init).catch((error: unknown) => error as Error)
      await once(servers[which].child, 'close')
      const answer = await asked
      await processes.forgotten(servers[which].name)
      servers[which] = await spare
      spare = start()
      if (answer instanceof Error) throw answer
      return answer
    }
    return ask(servers[random.below(2) as 0 | 1], clock.now, url, init)
  }
  return {
    clock,
    fetch: fetchFrom,
    purge: purgeOf(database, () => clock.now),
    async [Symbol.asyncDispose]() {
      await database.close()
      await processes.close()
      for (const { child } of [...servers, await spare]) {
        child.kill('SIGTERM')
        await once(child, 'close')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const isPostgres = (url: string) => url.startsWith('postgres')

/** The address of a database, with the name that its connections have on PostgreSQL. */
const named = (url: string, name: string) => (isPostgres(url) ? `${url}?application_name=${name}` : url)

/**
 * PostgreSQL ends what a killed process has asked for, even a commit, after that process is gone. Whoever compared meanwhile
 * would find the server changed by nobody.
 * @returns a function that waits until nothing of a process is left.
 */
async function endings(databaseUrl: string) {
  if (!isPostgres(databaseUrl)) return { forgotten: async () => {}, close: async () => {} }
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const left = 'select pid from pg_stat_activity where application_name = $1'
  return {
    async forgotten(name: string) {
      while ((await client.query(left, [name])).rows.length > 0) await new Promise(resolve => setTimeout(resolve, 5))
    },
    close: () => client.end(),
  }
}

async function ask({ url: base }: Server, now: number, url: string, init: RequestInit): Promise<Response> {
  const { signal: _, ...rest } = init
  const headers = { ...init.headers, 'x-clock': String(now), 'accept-encoding': 'identity' }
  const answer = await fetch(`${base}${url}`, { ...rest, headers, credentials: 'omit' })
  // A killed server breaks off in the middle of a body, too.
  const body = await answer.arrayBuffer()
  return new Response([204, 304].includes(answer.status) ? null : body, {
    status: answer.status,
    headers: new Headers(answer.headers),
  })
}

interface Server {
  url: string
  name: string
  child: ChildProcess
}

async function startServer(env: NodeJS.ProcessEnv, cwd: string, name: string): Promise<Server> {
  const root = resolve(import.meta.dirname, '../..')
  const args = [`--import=${resolve(import.meta.dirname, 'moving-clock.ts')}`, join(root, 'src/server/main.ts')]
  const child = spawn(process.execPath, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  const url = await new Promise<string>((found, lost) => {
    child.stdout.setEncoding('utf8').on('data', text => {
      said += text
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
      if (address) found(address)
    })
    child.once('close', () => lost(new Error(`the server ended: ${said}`)))
  })
  child.stdout.removeAllListeners('data').resume()
  return { url, name, child }
}

if (import.meta.main) {
  const { parseArgs } = await import('node:util')
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { worlds: text, operations: text, kills: text, seed: text, url: text } })
  const folder = mkdtempSync(join(tmpdir(), 'moodstreak-worlds-'))
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000)
  console.log(`seed ${seed}`)
  const began = Date.now()
  const outcome = await runWorlds({
    databaseUrl: values.url ?? `file:${join(folder, 'worlds.db')}`,
    worlds: Number(values.worlds ?? 20),
    operations: Number(values.operations ?? 300),
    kills: Number(values.kills ?? 0),
    seed,
    say: console.log,
  })
  rmSync(folder, { recursive: true, force: true })
  console.log({ ...outcome, differences: outcome.differences.length, seconds: Math.round((Date.now() - began) / 1000) })
  process.exit(outcome.differences.length === 0 ? 0 : 1)
}
