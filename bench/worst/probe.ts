/**
 * Asks a server for `/health` every few milliseconds, and logs a mood now and then, until standard input ends. What came
 * before the first byte of it is warm-up. A request that waits stands for those that would have been sent meanwhile: they
 * are counted with what they would have waited, else a stop of a second would be one slow request among thousands.
 */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** What to ask, as the only argument, in JSON. */
export interface Probe {
  url: string
  /** Of whoever logs moods. */
  authorization: string
}

/** ms. */
export interface Latencies {
  asked: number
  p50: number
  p99: number
  max: number
}

export interface ProbeResult {
  health: Latencies
  write: Latencies
  /** Why there were no more answers, where the server has gone. */
  failure?: string
}

const healthEveryMs = 5
const writeEveryMs = 100

const { url, authorization } = JSON.parse(process.argv[2] as string) as Probe
const health = createHistogram()
const write = createHistogram()
let finishing = false
let failure: string | undefined
process.stdin.on('end', () => {
  finishing = true
})
process.stdin.on('data', () => {
  health.reset()
  write.reset()
})

const mood = { method: 'POST', path: '/mood', headers: { authorization, 'content-type': 'application/json' } }
await Promise.all([
  repeat(health, healthEveryMs, asker({ method: 'GET', path: '/health', headers: {} })),
  repeat(write, writeEveryMs, asker(mood, '{"mood":5,"date":"2020-01-01"}')),
])
const result: ProbeResult = { health: latencies(health), write: latencies(write), ...(failure && { failure }) }
process.stdout.write(JSON.stringify(result))

function asker(
  { method, path, headers }: { method: string; path: string; headers: Record<string, string> },
  body?: string,
) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return async () => {
    const asked = request(url + path, { method, headers, agent })
    asked.end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    await once(answer.resume(), 'end')
    // A refusal is an answer too: how long it takes is the question.
    if (Number(answer.statusCode) >= 500 && answer.statusCode !== 503) throw new Error(`status ${answer.statusCode}`)
  }
}

async function repeat(histogram: RecordableHistogram, everyMs: number, ask: () => Promise<void>) {
  while (!finishing && failure === undefined) {
    const before = performance.now()
    try {
      await ask()
    } catch (error) {
      failure ??= String((error as { code?: string }).code ?? (error as Error).message)
    }
    const tookMs = performance.now() - before
    for (let waitedMs = tookMs; waitedMs > 0; waitedMs -= everyMs) {
      histogram.record(Math.max(1, Math.round(waitedMs * 1_000)))
    }
    await sleep(Math.max(0, everyMs - tookMs))
  }
}

function latencies(histogram: RecordableHistogram): Latencies {
  const ms = (percentile: number) => (histogram.count === 0 ? 0 : histogram.percentile(percentile) / 1_000)
  return { asked: histogram.count, p50: ms(50), p99: ms(99), max: ms(100) }
}
