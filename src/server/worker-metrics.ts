import cluster from 'node:cluster'
import { ApiError } from '../errors.ts'

/**
 * The metrics of all workers. Any of them may be asked for it, and only the first process knows the others: so a worker
 * asks the first process, which collects from every worker and sends the text back.
 */

interface Question {
  metricsAsked: number
}
interface Answer {
  metricsAnswered: number
  /** Absent when a worker did not answer in time. */
  text?: string
}

let asked = 0
const waiting = new Map<number, (answer: Answer) => void>()

function settle(message: Partial<Answer>) {
  const { metricsAnswered } = message
  if (metricsAnswered !== undefined) waiting.get(metricsAnswered)?.(message as Answer)
}

/**
 * For a worker: the metrics of all of them.
 * @throws {ApiError} `too_busy` when one of them is so busy that it does not answer.
 */
export async function metricsOfWorkers(): Promise<string> {
  if (asked === 0) process.on('message', settle)
  const metricsAsked = ++asked
  const { text } = await new Promise<Answer>(resolve => {
    waiting.set(metricsAsked, resolve)
    process.send?.({ metricsAsked } satisfies Question)
  })
  waiting.delete(metricsAsked)
  if (text === undefined)
    throw new ApiError('too_busy', 'A worker did not answer within five seconds.', { retryAfterMs: 5_000 })
  return text
}

/** For the first process: answers its workers. */
export async function collectMetrics() {
  const { AggregatorRegistry } = await import('prom-client')
  const all = new AggregatorRegistry()
  cluster.on('message', async (worker, { metricsAsked }: Partial<Question>) => {
    if (metricsAsked === undefined) return
    const text = await all.clusterMetrics().catch(() => undefined)
    // Without it when the worker has ended meanwhile.
    worker.send({ metricsAnswered: metricsAsked, ...(text !== undefined && { text }) } satisfies Answer, () => {})
  })
}
