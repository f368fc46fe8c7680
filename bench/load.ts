/**
 * The load generator, a separate process: warms a server up, loads it, and writes its measurements to standard output.
 */
import { spawnSync } from 'node:child_process'
import { createHistogram } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { cpuSeconds } from './cpu-time.ts'

/** The options, as the only argument, in JSON. */
export interface Load {
  url: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  /** Further headers per connection; none if all send the same. */
  perConnection: readonly Record<string, string>[]
  body?: string
  connections: number
  warmUpSeconds: number
  seconds: number
  /** The expected status. */
  status: number
  /** The server's process id, to measure its processor time. */
  pid: number
  /** Sends a different request each time, so that no cached answer fits. */
  everNew: boolean
  /** wrk takes less of the processor than autocannon, but sends the same request each time. */
  generator: 'autocannon' | 'wrk'
}

export interface LoadResult {
  perSecond: number
  /** ms. */
  p99: number
  /** The share of one core that the server used, with its workers; undefined if the system does not tell. */
  busy?: number
}

let asked = 0
const load = JSON.parse(process.argv[2] as string) as Load
try {
  await run(load.warmUpSeconds)
  process.stdout.write(JSON.stringify(await run(load.seconds)))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function run(seconds: number): Promise<LoadResult> {
  const cpuBefore = cpuSeconds(load.pid)
  const { answers, duration, p99 } = load.generator === 'wrk' ? byWrk(seconds) : await byAutocannon(seconds)
  const cpuAfter = cpuSeconds(load.pid)
  return {
    perSecond: answers / duration,
    p99,
    ...(cpuBefore !== undefined && cpuAfter !== undefined && { busy: (cpuAfter - cpuBefore) / duration }),
  }
}

interface Sent {
  answers: number
  /** s. */
  duration: number
  /** ms. */
  p99: number
}

async function byAutocannon(seconds: number): Promise<Sent> {
  const { url, method, headers, perConnection, body, connections } = load
  let connected = 0
  const latencies = createHistogram()
  const unexpected = new Map<number, number>()
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const { pathname, search } = new URL(url)
    const setupRequest = (request: autocannon.Request) => ({
      ...request,
      path: `${pathname}${search}&as_of=${nextDay()}`,
    })
    const setupClient = (client: autocannon.Client) =>
      client.setHeaders({ ...headers, ...perConnection[connected++ % perConnection.length] })
    const options = {
      url,
      method,
      headers,
      connections,
      duration: seconds,
      ...(body !== undefined && { body }),
      ...(perConnection.length > 0 && { setupClient }),
      ...(load.everNew && { requests: [{ setupRequest }] }),
    }
    const instance = autocannon(options, (error, done) => (error ? reject(error) : resolve(done)))
    instance.on('response', (_client, status, _bytes, ms) => {
      latencies.record(Math.max(1, Math.round(ms * 1000)))
      if (status !== load.status) unexpected.set(status, (unexpected.get(status) ?? 0) + 1)
    })
  })
  const failures = [...unexpected].map(([status, times]) => `${times} times status ${status}`)
  if (result.errors > 0) failures.push(`${result.errors} broken connections or timeouts`)
  if (latencies.count === 0) failures.push('no answer at all')
  if (failures.length > 0) throw new Error(`under load: ${failures.join(', ')}`)
  return { answers: latencies.count, duration: result.duration, p99: latencies.percentile(99) / 1000 }
}

/** The output of wrk.lua: errors are broken connections, timeouts and statuses from 400 on. */
interface WrkReport {
  answers: number
  microseconds: number
  p99: number
  errors: number
}

function byWrk(seconds: number): Sent {
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const script = fileURLToPath(new URL('wrk.lua', import.meta.url))
  const asked = ['-t', '1', '-c', String(load.connections), '-d', String(seconds), '-s', script, ...headers, load.url]
  const { stdout, stderr, status } = spawnSync('wrk', asked, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`wrk failed: ${stderr}${stdout}`)
  const { answers, microseconds, p99, errors } = JSON.parse(stderr) as WrkReport
  if (errors > 0 || answers === 0) throw new Error(`under load: ${errors} errors, ${answers} answers`)
  return { answers, duration: microseconds / 1e6, p99: p99 / 1000 }
}

/** A day that was not requested yet, until three hundred years of them are used up. */
function nextDay(): string {
  asked = (asked + 1) % 110_000
  return new Date(Date.UTC(1950, 0, 1 + asked)).toISOString().slice(0, 10)
}
