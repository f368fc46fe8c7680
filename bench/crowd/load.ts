/**
 * The load of visits, a separate process: some to warm the server up, others that count. Writes its measurements to
 * standard output.
 */
import { createHistogram } from 'node:perf_hooks'
import autocannon from 'autocannon'
import { threadSeconds } from '../cpu-time.ts'
import type { LoadResult } from '../load.ts'
import { headerOf, type Original } from './credentials.ts'
import { idOf } from './multiply.ts'
import type { Group, Step } from './scenarios.ts'

/** People of a group, numbered from `from`, each of whom visits once. */
export interface Visitors {
  group: Group
  /** Whom they were copied from; absent for the baseline. */
  original?: Original
  from: number
  people: number
}

/** The options, as the only argument, in JSON. */
export interface VisitLoad {
  url: string
  /** The server's process id, to measure its processor time. */
  pid: number
  connections: number
  steps: readonly Step[]
  /** One after the other; the last one counts. */
  groups: readonly Visitors[]
}

const load = JSON.parse(process.argv[2] as string) as VisitLoad
try {
  let last: LoadResult | undefined
  for (const visitors of load.groups) last = await visits(visitors)
  process.stdout.write(JSON.stringify(last))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function visits(visitors: Visitors): Promise<LoadResult> {
  const { url, pid, connections, steps } = load
  const next = turnsOf(visitors)
  const amount = visitors.people * steps.length
  const latencies = createHistogram()
  const unexpected = new Map<number, number>()
  const requests = steps.map(({ method, path, body, status }, n) => ({
    setupRequest(request: autocannon.Request, visit: { headers?: Record<string, string> }) {
      if (n === 0) visit.headers = next()
      const headers = { ...visit.headers, ...(body !== undefined && { 'content-type': 'application/json' }) }
      return { ...request, method, path, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    },
    onResponse(answered: number) {
      if (answered !== status) unexpected.set(answered, (unexpected.get(answered) ?? 0) + 1)
    },
  }))
  const cpuBefore = threadSeconds(pid)
  const start = performance.now()
  let [end, cpuAfter] = [start, cpuBefore]
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const options = { url, connections, amount, requests, timeout: 60 }
    const instance = autocannon(options as autocannon.Options, (error, done) => (error ? reject(error) : resolve(done)))
    instance.on('response', (_client, _status, _bytes, ms) => {
      latencies.record(Math.max(1, Math.round(ms * 1000)))
      // Not when autocannon notices that it is done, which takes it up to a second.
      if (latencies.count === amount) [end, cpuAfter] = [performance.now(), threadSeconds(pid)]
    })
  })
  const failures = [...unexpected].map(([status, times]) => `${times} times status ${status}`)
  if (result.errors > 0) failures.push(`${result.errors} broken connections or timeouts`)
  if (latencies.count !== amount) failures.push(`${latencies.count} answers instead of ${amount}`)
  if (failures.length > 0) throw new Error(`under load: ${failures.join(', ')}`)
  const seconds = (end - start) / 1000
  return {
    perSecond: amount / seconds,
    p99: latencies.percentile(99) / 1000,
    ...(cpuBefore !== undefined && cpuAfter !== undefined && { busy: (cpuAfter - cpuBefore) / seconds }),
  }
}

/** The headers of one visitor after the other, made before anything is measured. */
function turnsOf({ group, original, from, people }: Visitors): () => Record<string, string> {
  const headers = Array.from({ length: people }, (_, n) => headerOf(original, idOf(group, from + n)))
  let turn = 0
  return () => headers[turn++ % people] as Record<string, string>
}
