import Fastify from 'fastify'
import t from 'tap'
import { requestLogger } from '../../src/http/request-logger.ts'

/** A server's logger, what it has written, and how many children it has. */
function parent() {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const { log } = Fastify({ logger: { level: 'trace', stream } })
  const counted = { children: 0 }
  const child: typeof log.child = (...args) => {
    counted.children++
    return log.child(...args)
  }
  return { log: Object.assign(Object.create(log), { child }) as typeof log, lines, counted }
}

t.test('the logger of a request is made when something is logged, once', async t => {
  const { log, lines, counted } = parent()
  const logger = requestLogger(log, { reqId: 'req-1' }, {})
  t.equal(counted.children, 0)
  logger.info({ count: 2 }, 'the first')
  logger.warn('the second')
  t.equal(counted.children, 1)
  t.match(lines, [
    { level: 30, reqId: 'req-1', count: 2, msg: 'the first' },
    { level: 40, reqId: 'req-1', msg: 'the second' },
  ])
})

t.test('it does whatever a logger does', async t => {
  const { log, lines } = parent()
  const logger = requestLogger(log, { reqId: 'req-1' }, { level: 'debug' })
  t.equal(logger.level, 'debug')
  for (const level of ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const) logger[level](level)
  t.strictSame(
    lines.map(({ msg }) => msg),
    ['fatal', 'error', 'warn', 'info', 'debug'],
  )
  logger.child({ part: 'mail' }).info('of a child')
  t.match(lines.at(-1), { reqId: 'req-1', part: 'mail', msg: 'of a child' })
})
