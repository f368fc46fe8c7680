import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { programArgs } from './children.ts'

/** Servers of programs that kill them, and numbers that a seed repeats. */

export const secret = 'a secret that only the tests know, and long enough'

/** What servers on a database need. */
export const settingsFor = (databaseUrl: string) => ({
  NODE_ENV: 'test',
  DATABASE_URL: databaseUrl,
  JWT_SECRET: secret,
  RATE_LIMIT: 'off',
  BCRYPT_COST: '4',
})

export interface Server {
  url: string
  child: ChildProcess
  /** The PostgreSQL database that it uses, where it calls itself by a name of its own. */
  database: URL | undefined
}

/**
 * `fetch`, and again where the server has not got the request in its time, and so has done nothing: on a busy machine this process
 * may take longer to send one.
 */
export async function patientFetch(url: string, request?: RequestInit): Promise<Response> {
  for (;;) {
    const answer = await fetch(url, request)
    if (answer.status !== 408) return answer
    await answer.text()
  }
}

const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach(child => void child.kill('SIGKILL')))

/** Starts a server on any free port and waits until it answers. */
export async function startKillable(env: NodeJS.ProcessEnv): Promise<Server> {
  const database = env.DATABASE_URL?.startsWith('postgres') ? new URL(env.DATABASE_URL) : undefined
  database?.searchParams.set('application_name', crypto.randomUUID())
  const child = spawn(process.execPath, programArgs('server', env), {
    env: { ...process.env, ...env, ...(database && { DATABASE_URL: database.href }), LOG_LEVEL: 'silent', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  child.on('close', () => running.delete(child))
  const url = await new Promise<string>((started, failed) => {
    let said = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      said += text
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
      if (found) started(found)
    })
    child.on('close', code => failed(new Error(`the server ended with ${code}: ${said}`)))
  })
  await (await fetch(`${url}/ready`)).text()
  return { url, child, database }
}

/** Kills a server that may be at work, and waits until it is gone, and PostgreSQL has done what it was given before. */
export async function kill({ child, database }: Server): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
  if (database) await connectionsEnd(database)
}

async function connectionsEnd(database: URL): Promise<void> {
  const [address, name] = [new URL(database), database.searchParams.get('application_name')]
  address.searchParams.delete('application_name')
  const client = new pg.Client({ connectionString: address.href })
  await client.connect()
  const query = 'select 1 from pg_stat_activity where application_name = $1'
  while ((await client.query(query, [name])).rowCount !== 0) await sleep(10)
  await client.end()
}

/** mulberry32: numbers from 0 to 1 that a seed repeats. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Two servers on one new database, for a program; and the token of an instructor. */
async function twoServers(engine: string) {
  const { temporaryFolder } = await import('../bench/processes.ts')
  const postgres = engine === 'postgres' ? await (await import('../bench/postgres.ts')).startPostgres() : undefined
  const env = settingsFor(postgres ? `${postgres.url}/postgres` : `file:${temporaryFolder()}/moods.db`)
  const servers = [await startKillable(env), await startKillable(env)]
  return {
    env,
    servers,
    urls: servers.map(({ url }) => url),
    token: await instructorAt(servers[0] as Server),
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map(kill))
      await postgres?.stop()
    },
  }
}

/**
 * Runs a trial as a program, on two servers of its own: prints its seed and what came of it; its exit code is 1 when there
 * are differences.
 * @param amount the argument that says how much of it, with its default.
 */
export async function asProgram(
  [amount, fallback]: readonly [name: string, fallback: number],
  trial: (servers: Awaited<ReturnType<typeof twoServers>>, much: number, seed: number) => Promise<Outcome>,
): Promise<void> {
  const { parseArgs } = await import('node:util')
  const text = (value: number | string) => ({ type: 'string', default: String(value) }) as const
  const anySeed = Math.floor(Math.random() * 2 ** 31)
  const { values } = parseArgs({ options: { engine: text('sqlite'), seed: text(anySeed), [amount]: text(fallback) } })
  const seed = Number(values.seed)
  console.log(`seed ${seed}, ${values.engine}`)
  await using servers = await twoServers(String(values.engine))
  const outcome = await trial(servers, Number(values[amount]), seed)
  console.log(JSON.stringify({ ...outcome, differences: outcome.differences.slice(0, 20) }, null, 2))
  console.log(`${outcome.differences.length} differences; seed ${seed}`)
  process.exitCode = outcome.differences.length === 0 ? 0 : 1
}

interface Outcome {
  differences: readonly string[]
}

/**
 * Signs an instructor up.
 * @returns their token.
 */
export async function instructorAt({ url }: Server): Promise<string> {
  const answer = await fetch(`${url}/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'maya', password: 'correct horse battery', role: 'instructor' }),
  })
  const { token } = (await answer.json()) as { token: string }
  return token
}
