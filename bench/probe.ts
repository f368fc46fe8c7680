/**
 * Sends the same request to a server again and again on one connection until standard input ends; requests before its
 * first byte are warm-up.
 */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** The options, as the only argument, in JSON. */
export interface Probe {
  url: string
  headers?: Record<string, string>
  /** The client's address. */
  localAddress?: string
  /** Between an answer and the next request, in ms. */
  pause?: number
}

export interface ProbeResult {
  asked: number
  /** ms. */
  p50: number
  p99: number
  max: number
}

const { url, headers = {}, localAddress, pause = 0 } = JSON.parse(process.argv[2] as string) as Probe
const agent = new Agent({ keepAlive: true, maxSockets: 1, ...(localAddress !== undefined && { localAddress }) })
const latencies = createHistogram()
let finishing = false
process.stdin.on('end', () => {
  finishing = true
})
process.stdin.on('data', () => latencies.reset())

while (!finishing) {
  const before = performance.now()
  const [answer] = (await once(get(url, { agent, headers }), 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`)
  await once(answer.resume(), 'end')
  latencies.record(Math.max(1, Math.round((performance.now() - before) * 1000)))
  if (pause > 0) await sleep(pause)
}
agent.destroy()

const ms = (microseconds: number) => microseconds / 1000
const result: ProbeResult = {
  asked: latencies.count,
  p50: ms(latencies.percentile(50)),
  p99: ms(latencies.percentile(99)),
  max: ms(latencies.max),
}
process.stdout.write(JSON.stringify(result))
