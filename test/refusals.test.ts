import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { ConfigError } from '../src/config.ts'
import { exitWith } from '../src/exit.ts'
import { explainHost } from '../src/server/serve.ts'

/** A program that cannot start, without a process: `server.test.ts` starts some that cannot. */

/** What stops a server from listening there. */
async function refusalOf(at: { host: string; port: number }): Promise<NodeJS.ErrnoException> {
  const [error] = await once(createServer().listen(at), 'error')
  return error
}

t.test('field case 19: a HOST that is no address of this machine is named, also when it looks like one', async t => {
  for (const host of ['no-such-machine.invalid', '192.0.2.1']) {
    const error = await refusalOf({ host, port: 0 })
    const explained = { message: /^HOST is not an address of this machine: .*HOST/, cause: error }
    t.throws(() => explainHost(error), explained)
    t.throws(() => explainHost(error), { message: host })
  }
})

t.test('another reason is told as it is', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const error = await refusalOf({ host: '127.0.0.1', port: (other.address() as AddressInfo).port })
  t.equal(error.code, 'EADDRINUSE')
  t.throws(() => explainHost(error), error)
})

t.test('a failed program exits with 1 and one message: a stack is for LOG_LEVEL=debug', async t => {
  const { LOG_LEVEL } = process.env
  t.teardown(
    () => void (LOG_LEVEL === undefined ? delete process.env.LOG_LEVEL : Object.assign(process.env, { LOG_LEVEL })),
  )
  const exits = t.capture(process, 'exit', (() => undefined) as unknown as typeof process.exit)
  const said = t.capture(console, 'error', () => undefined)
  const broken = new Error('the disk is full')
  delete process.env.LOG_LEVEL
  exitWith.call(undefined, broken, 'start')
  exitWith.call(undefined, new ConfigError(['PORT must be a number']), 'start')
  process.env.LOG_LEVEL = 'debug'
  exitWith.call(undefined, broken, 'start')
  t.strictSame(
    said().map(({ args: [text] }) => text),
    ['moodstreak cannot start: the disk is full', 'Invalid configuration:\n  - PORT must be a number', broken.stack],
  )
  t.strictSame(
    exits().map(({ args }) => args),
    [[1], [1], [1]],
  )
})
