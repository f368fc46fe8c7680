import type { Load, LoadResult } from './load.ts'
import { password } from './people.ts'
import { cores } from './pinning.ts'
import { type RunningServer, startHelper, startServer, temporaryFolder } from './processes.ts'
import type { Scenario } from './scenarios.ts'
import type { Prepared } from './sqlite.ts'

/** How hard and how long. */
export interface Effort {
  connections: number
  warmUpSeconds: number
  seconds: number
}

export const serverEnv = {
  NODE_ENV: 'production',
  JWT_SECRET: 'only for the benchmark, and long enough for that',
  LOG_LEVEL: 'warn',
  BCRYPT_COST: '10',
}

/** Loads the bare baseline with a scenario's requests. */
export async function measureBaseline(scenario: Scenario, data: Prepared, effort: Effort): Promise<LoadResult> {
  const env = { DATABASE_URL: data.url(scenario.method === 'POST') }
  return withServer(data.baseline, env, async server => {
    const headers = headersOf(scenario, { 'x-user': data.ids.get(scenario.person.username) as string })
    const status = scenario.status === 304 ? 200 : scenario.status
    await checkAnswer(scenario, server, headers, status)
    return loaded(scenario, server, headers, status, effort)
  })
}

/** Signs in to the real server and loads it with a scenario's requests. */
export async function measureServer(scenario: Scenario, data: Prepared, effort: Effort): Promise<LoadResult> {
  const env = { ...serverEnv, DATABASE_URL: data.url(scenario.method === 'POST') }
  return withServer('../src/server.ts', env, async server => {
    const signedIn = headersOf(scenario, { authorization: `Bearer ${await signIn(server, scenario.person.username)}` })
    const { etag, streak } = await checkAnswer(scenario, server, signedIn, scenario.method === 'POST' ? 201 : 200)
    if (!(streak >= 20)) throw new Error(`${scenario.name}: a streak of ${streak} is not what was logged`)
    const headers = scenario.revalidates ? { ...signedIn, 'if-none-match': etag } : signedIn
    return loaded(scenario, server, headers, scenario.status, effort)
  })
}

async function withServer<T>(program: string, env: Record<string, string>, use: (server: RunningServer) => Promise<T>) {
  const server = await startServer({ program, core: cores.server, env, folder: temporaryFolder() })
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

async function loaded(
  { method, path, body, everNew = false }: Scenario,
  { url, pid }: RunningServer,
  headers: Record<string, string>,
  status: number,
  effort: Effort,
): Promise<LoadResult> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const load: Load = { url: url + path, method, headers, ...sent, ...effort, status, pid, everNew }
  const limit = (effort.warmUpSeconds + effort.seconds + 20) * 1000
  return startHelper<LoadResult>({ program: './load.ts', core: cores.load, args: [JSON.stringify(load)] }, limit).result
}

/** A wrong answer can be as fast as it likes. @throws {Error} where the first answer is not what the scenario says. */
async function checkAnswer(
  { name, method, path, body, entries }: Scenario,
  { url }: RunningServer,
  headers: Record<string, string>,
  status: number,
) {
  const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  if (answer.status !== status) throw new Error(`${name}: expected ${status}, got ${answer.status} ${text}`)
  const { moods, streak } = JSON.parse(text) as { moods?: unknown[]; streak: number }
  if (moods?.length !== entries) throw new Error(`${name}: expected ${entries} entries, got ${moods?.length}`)
  return { etag: answer.headers.get('etag') ?? '', streak }
}

async function signIn({ url }: RunningServer, username: string): Promise<string> {
  const body = JSON.stringify({ username, password })
  const answer = await fetch(`${url}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (!answer.ok) throw new Error(`signing in as ${username}: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { token: string }).token
}

function headersOf({ body }: Scenario, credential: Record<string, string>): Record<string, string> {
  return body === undefined ? credential : { ...credential, 'content-type': 'application/json' }
}
