/** Asks a server for its health, one request after the other on one connection, until standard input ends; what came before its first byte is warm-up. */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { createHistogram } from 'node:perf_hooks'

export interface HealthResult {
  asked: number
  /** ms. */
  p50: number
  p99: number
  max: number
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const latencies = createHistogram()
let finishing = false
process.stdin.on('end', () => {
  finishing = true
})
process.stdin.on('data', () => latencies.reset())

const url = process.argv[2] as string
while (!finishing) {
  const before = performance.now()
  const [answer] = (await once(get(url, { agent }), 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`the server is not well: ${answer.statusCode}`)
  await once(answer.resume(), 'end')
  latencies.record(Math.max(1, Math.round((performance.now() - before) * 1000)))
}
agent.destroy()

const ms = (microseconds: number) => microseconds / 1000
const result: HealthResult = {
  asked: latencies.count,
  p50: ms(latencies.percentile(50)),
  p99: ms(latencies.percentile(99)),
  max: ms(latencies.max),
}
process.stdout.write(JSON.stringify(result))
