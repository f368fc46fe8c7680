import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { cpuSeconds, peakResidentMiB, residentMiB } from './cpu-time.ts'
import { startPostgres } from './postgres.ts'
import type { Probe, ProbeResult } from './probe.ts'
import { fileOf, startHelper, startServer, temporaryFolder } from './processes.ts'
import { table } from './table.ts'

/**
 * What importing costs: 20 years of daily history with three tags a day, and 100 000 rows; each twice, and undone; and what
 * `/health` notices, which another process asks every 5 ms. `node bench/import.ts [--engine postgres] [--rows 7300,100000]`.
 * The server runs as `npm start` runs it. *Above* is the peak of its resident memory while it works, beyond what it had before;
 * garbage that V8 has not collected yet is in it.
 * Goals for 7 300 rows: 5 s, 60 MiB above rest, the second time nothing created, `/health` p99 below 50 ms.
 */

const { values } = parseArgs({
  options: { engine: { type: 'string', default: 'sqlite' }, rows: { type: 'string', default: '7300,100000' } },
})
const msPerDay = 86_400_000
/** Timeout of a probe. */
const timeoutMs = 900_000

/** `exec node … launch/run.js server`. */
const startScript = packageJson.scripts.start

const postgres = values.engine === 'postgres' ? await startPostgres() : undefined
const words = ['rad', 'good', 'meh', 'bad', 'awful']
const activities = ['run', 'friends', 'good sleep', 'reading', 'family', 'movies', 'work', 'cleaning']

/** A file of Daylio, a row a day backwards from yesterday; past what a life has, several a day. */
function daylio(rows: number): Buffer {
  const lines = Array.from({ length: rows }, (_, i) => {
    const date = new Date(Date.now() - (1 + (i % 20_000)) * msPerDay).toISOString().slice(0, 10)
    const tags = [0, 1, 2].map(n => activities[(i * 3 + n) % activities.length]).join(' | ')
    const minute = String(i % 60).padStart(2, '0')
    return `${date},,,21:${minute},${words[i % words.length]},${tags},,"Day ${i}: slept well, long walk before work."`
  })
  return Buffer.from(`full_date,date,weekday,time,mood,activities,note_title,note\n${lines.join('\n')}\n`)
}

async function measured(rows: number): Promise<string[][]> {
  const env = {
    NODE_ENV: 'test',
    RATE_LIMIT: 'off',
    JWT_SECRET: 'only for the benchmark, and long enough for that',
    LOG_LEVEL: 'warn',
    BCRYPT_COST: '4',
    DATABASE_URL: postgres ? `${postgres.url}/postgres` : `file:${temporaryFolder()}/import.db`,
  }
  const program = {
    script: startScript
      .replace('node ', `'${process.execPath}' `)
      .replace('launch/run.js', `'${fileOf('../launch/run.js')}'`),
    core: 'any',
    env,
    folder: temporaryFolder(),
  } as const
  const server = await startServer(program)
  const ask = async (path: string, init: RequestInit, token = '') => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as object) }
    const answer = await fetch(`${server.url}${path}`, { ...init, headers })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return await answer.json()
  }
  const signUp = async (username: string) => {
    const body = JSON.stringify({ username, password: 'correct horse battery' })
    const { token } = (await ask('/signup', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })) as {
      token: string
    }
    return token
  }
  const send = (token: string, body: Buffer) =>
    ask('/mood/import', { method: 'POST', body: new Uint8Array(body) }, token) as Promise<{
      import: { id: string; created: number; duplicates: number }
    }>
  const warm = await signUp(`warm${rows}`)
  await send(warm, daylio(300))
  await send(warm, daylio(300))
  await sleep(1_000)

  const token = await signUp(`maya${rows}`)
  const file = daylio(rows)
  const results: string[][] = []
  async function step(
    name: string,
    run: () => Promise<{ import: { id: string; created: number; duplicates: number } }>,
  ) {
    const probe = { url: `${server.url}/health`, pause: 5 } satisfies Probe
    const helper = startHelper<ProbeResult>(
      { program: './probe.ts', args: [JSON.stringify(probe)], core: 'any' },
      timeoutMs,
    )
    await sleep(500)
    helper.count()
    const rest = residentMiB(server.pid) ?? Number.NaN
    let peak = rest
    const watching = setInterval(() => {
      peak = Math.max(peak, residentMiB(server.pid) ?? 0)
    }, 20)
    const [begun, cpu] = [performance.now(), cpuSeconds(server.pid) ?? Number.NaN]
    const { import: made } = await run()
    const seconds = (performance.now() - begun) / 1000
    const used = (cpuSeconds(server.pid) ?? Number.NaN) - cpu
    clearInterval(watching)
    helper.finish()
    const { p99, max } = await helper.result
    results.push([
      `${rows} ${name}`,
      seconds.toFixed(2),
      used.toFixed(2),
      String(rest),
      String(peak - rest),
      p99.toFixed(1),
      max.toFixed(1),
      `${made.created} / ${made.duplicates}`,
    ])
    return made.id
  }
  const id = await step('first', () => send(token, file))
  await step('again', () => send(token, file))
  await step('undone', () => ask(`/mood/imports/${id}`, { method: 'DELETE' }, token) as ReturnType<typeof send>)
  console.error(`peak ${peakResidentMiB(server.pid)} MiB of the process`)
  await server.stop()
  return results
}

const lines: string[][] = []
for (const rows of values.rows.split(',').map(Number)) lines.push(...(await measured(rows)))
const head = ['rows', 's', 'processor s', 'at rest MiB', 'above', 'health p99 ms', 'max', 'created / duplicates']
console.log(`${values.engine}\n${table(head, lines)}`)
process.exit()
