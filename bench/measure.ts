import { spawnSync } from 'node:child_process'
import { startCheckout, thisCheckout } from './checkout.ts'
import type { Load, LoadResult } from './load.ts'
import { type Person, password } from './people.ts'
import { cores } from './pinning.ts'
import type { Prepared } from './prepared.ts'
import { fileOf, type RunningServer, type Start, startHelper, startServer, temporaryFolder } from './processes.ts'
import type { Scenario } from './scenarios.ts'

/** The strength and duration of a load. */
export interface Effort {
  connections: number
  warmUpSeconds: number
  seconds: number
}

/** The number of server processes, and whether server and load have a core each. */
export interface Place {
  workers: number
  pinned: boolean
}

const onItsCore: Place = { workers: 1, pinned: true }

/** The load generator for servers that share their cores with it: wrk costs less. */
export const sharing: Load['generator'] = spawnSync('wrk', ['-v']).error ? 'autocannon' : 'wrk'

/** Not production, where limits are required: this measures the work, not the limits. */
export const serverEnv = {
  NODE_ENV: 'test',
  RATE_LIMIT: 'off',
  JWT_SECRET: 'only for the benchmark, and long enough for that',
  LOG_LEVEL: 'warn',
  BCRYPT_COST: '10',
}

/** Loads the bare baseline with a scenario's requests. */
export async function measureBaseline(
  scenario: Scenario,
  data: Prepared,
  effort: Effort,
  place = onItsCore,
): Promise<LoadResult> {
  const { workers } = place
  const many = { program: './many.ts', args: [fileOf(data.baseline), String(workers)] }
  const program = workers === 1 ? { program: data.baseline } : many
  const env = { DATABASE_URL: await data.url(scenario.method === 'POST') }
  const { core, folder } = { core: coreOf(place), folder: temporaryFolder() }
  return using(startServer({ ...program, env, core, folder }), async server => {
    const credential = ({ username }: Person) => ({ 'x-user': data.ids.get(username) as string })
    const headers = headersOf(scenario, credential(scenario.person))
    const perConnection = (scenario.crowd ?? []).map(credential)
    const status = scenario.status === 304 ? 200 : scenario.status
    await checkAnswer(scenario, server, headers, status)
    return loaded(scenario, server, { headers, perConnection }, status, effort, place)
  })
}

/** Signs in to the real server and loads it with a scenario's requests. */
export async function measureServer(
  scenario: Scenario,
  data: Prepared,
  effort: Effort,
  place = onItsCore,
): Promise<LoadResult> {
  const workers = place.workers === 1 ? {} : { WORKERS: String(place.workers) }
  const env = { ...workers, DATABASE_URL: await data.url(scenario.method === 'POST') }
  return using(startOwn(env, coreOf(place)), async server => {
    const credential = async ({ username }: Person) => ({
      authorization: `Bearer ${await signIn(server.url, username)}`,
    })
    const signedIn = headersOf(scenario, await credential(scenario.person))
    const perConnection: Record<string, string>[] = []
    // One after the other: the server refuses some of many simultaneous sign-ins.
    for (const person of scenario.crowd ?? []) perConnection.push(await credential(person))
    const { etag, streak } = await checkAnswer(scenario, server, signedIn, scenario.method === 'POST' ? 201 : 200)
    if (!scenario.tasks && !(streak >= 20))
      throw new Error(`${scenario.name}: a streak of ${streak} is not what was logged`)
    const headers = scenario.revalidates ? { ...signedIn, 'if-none-match': etag } : signedIn
    return loaded(scenario, server, { headers, perConnection }, scenario.status, effort, place)
  })
}

/** Starts this checkout's server, with settings beside the usual ones. */
export async function startOwn(env: Record<string, string>, core: Start['core']): Promise<RunningServer> {
  return startCheckout(await thisCheckout(), { ...serverEnv, ...env }, core)
}

/** Uses a server, and stops it. */
export async function using<T>(
  starting: Promise<RunningServer>,
  use: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const server = await starting
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

function coreOf({ pinned }: Place): Start['core'] {
  return pinned ? cores.server : 'any'
}

async function loaded(
  { method, path, body, everNew = false }: Scenario,
  { url, pid }: RunningServer,
  headers: Pick<Load, 'headers' | 'perConnection'>,
  status: number,
  effort: Effort,
  { pinned }: Place,
): Promise<LoadResult> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const always = method === 'GET' && !everNew && headers.perConnection.length === 0
  const generator = !pinned && always ? sharing : 'autocannon'
  const load: Load = { url: url + path, method, ...headers, ...sent, ...effort, status, pid, everNew, generator }
  const limit = (effort.warmUpSeconds + effort.seconds + 20) * 1000
  const core = pinned ? cores.load : 'any'
  return startHelper<LoadResult>({ program: './load.ts', core, args: [JSON.stringify(load)] }, limit).result
}

/**
 * Checks an answer first, because a wrong one may be fast.
 * @throws {Error} if the first answer is not the scenario's.
 */
export async function checkAnswer(
  {
    name,
    method,
    path,
    body,
    entries,
    tasks: expected,
  }: Pick<Scenario, 'name' | 'method' | 'path' | 'body' | 'entries' | 'tasks'>,
  { url }: RunningServer,
  headers: Record<string, string>,
  status: number,
) {
  const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  if (answer.status !== status) throw new Error(`${name}: expected ${status}, got ${answer.status} ${text}`)
  const { moods, tasks, streak } = JSON.parse(text) as { moods?: unknown[]; tasks?: unknown[]; streak: number }
  if (moods?.length !== entries) throw new Error(`${name}: expected ${entries} entries, got ${moods?.length}`)
  if (tasks?.length !== expected) throw new Error(`${name}: expected ${expected} tasks, got ${tasks?.length}`)
  return { etag: answer.headers.get('etag') ?? '', streak }
}

export async function signIn(url: string, username: string): Promise<string> {
  const body = JSON.stringify({ username, password })
  const answer = await fetch(`${url}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (!answer.ok) throw new Error(`signing in as ${username}: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { token: string }).token
}

function headersOf({ body }: Scenario, credential: Record<string, string>): Record<string, string> {
  return body === undefined ? credential : { ...credential, 'content-type': 'application/json' }
}
