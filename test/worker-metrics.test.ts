import cluster, { type Worker } from 'node:cluster'
import t from 'tap'
import { collectMetrics, metricsOfWorkers } from '../src/server/worker-metrics.ts'

/** The two sides of the questions between a worker and the first process, without processes. */

type Message = Record<string, unknown>

/** A worker, as the first process sees it, that answers a question for its own metrics or not. */
function workerThat(answer: (question: Message) => Message | undefined) {
  const received: Message[] = []
  const worker = {
    isConnected: () => true,
    send(message: Message) {
      received.push(message)
      const answered = answer(message)
      if (answered) cluster.emit('message', worker, answered)
    },
  }
  return { worker: worker as unknown as Worker, received }
}

t.test('the first process answers a worker with the metrics of all, or without when one of them fails', async t => {
  await collectMetrics()
  const before = cluster.workers
  t.teardown(() => Object.assign(cluster, { workers: before }))
  for (const fails of [false, true]) {
    const { worker, received } = workerThat(({ type, requestId }) => {
      if (type !== 'prom-client:getMetricsReq') return undefined
      const error = fails ? { error: 'on purpose' } : { metrics: [] }
      return { type: 'prom-client:getMetricsRes', requestId, ...error }
    })
    Object.assign(cluster, { workers: { 1: worker } })
    cluster.emit('message', worker, { metricsAsked: 7 })
    cluster.emit('message', worker, { of: 'somebody else' })
    await new Promise(setImmediate)
    t.match(received.at(-1), { metricsAnswered: 7 })
    t.equal('text' in (received.at(-1) as Message), !fails)
  }
})

t.test('a worker gets the answers to its own questions, and is told to come back when there is none', async t => {
  const sent: Message[] = []
  const before = process.send
  process.send = (message: Message) => Boolean(sent.push(message))
  t.teardown(() => {
    process.send = before as NonNullable<typeof before>
  })
  const [one, other] = [metricsOfWorkers(), metricsOfWorkers()]
  const [first, second] = sent.map(({ metricsAsked }) => metricsAsked)
  const answer = (message: Message) => process.emit('message', message, undefined)
  answer({ metricsAnswered: second, text: 'the second' })
  answer({ of: 'somebody else' })
  answer({ metricsAnswered: 1_000, text: 'of nobody' })
  t.equal(await other, 'the second')
  answer({ metricsAnswered: first })
  await t.rejects(one, { code: 'too_busy', facts: { retryAfterMs: 5_000 } })
})
