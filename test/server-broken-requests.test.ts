import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { answerBrokenRequest } from '../src/http/broken-requests.ts'
import { logOptions } from '../src/server/log.ts'
import { build } from './helper.ts'
import { send } from './server-process.ts'

/** The answer on a socket until it was closed, parsed. */
interface RawAnswer {
  status: number | undefined
  headers: string
  body: string
}

/** The server's timeouts, in ms. */
type Timeouts = Record<'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval', number>

/** Opens a connection, lets `talk` write to it, and reads until the other side has closed it. */
async function overSocket(port: number, talk: (socket: Socket) => unknown): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  // A server that is done with a client may reset the connection: the data before that is the answer.
  socket.on('error', () => {})
  talk(socket)
  await new Promise(resolve => socket.on('close', resolve))
  const [head = '', ...body] = Buffer.concat(chunks).toString().split('\r\n\r\n')
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? []
  return {
    status: status === undefined ? undefined : Number(status),
    headers: head.toLowerCase(),
    body: body.join('\r\n\r\n'),
  }
}

/** Writes the text and then one byte at intervals until the connection ends. */
function drip(socket: Socket, text: string, byte: string) {
  socket.write(text)
  const timer = setInterval(() => socket.writable && socket.write(byte), 200)
  socket.on('close', () => clearInterval(timer))
}

/** A server that listens in this process. */
async function listening(t: Test) {
  const lines: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const { app } = await build(t, { logger: { ...(logOptions({ logLevel: 'info' }) as object), stream } })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { url, port: Number(new URL(url).port), close: () => app.close(), stdout: () => lines.join('') }
}

const post = 'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

t.test('security 29: a client that is slow is cut off, whatever it is slow with', async t => {
  const server = await listening(t)
  const slow: Record<string, (socket: Socket) => unknown> = {
    'the first byte': () => {},
    'the address': socket => drip(socket, 'GET /', 'a'),
    'the headers, stopping': socket => socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n'),
    'the headers, dripping': socket => drip(socket, 'GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 'a'),
    'the body, never begun': socket => socket.write(`${post}Content-Length: 40\r\n\r\n`),
    'the body, stopping': socket => socket.write(`${post}Content-Length: 40\r\n\r\n{"username":`),
    'the body, dripping': socket => drip(socket, `${post}Content-Length: 4000\r\n\r\n{"username":"`, 'a'),
    'the body, in chunks': socket => drip(socket, `${post}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
  }
  await Promise.all(
    Object.entries(slow).map(async ([name, talk]) => {
      const answer = await overSocket(server.port, talk)
      t.comment(`${name}: ${answer.status ?? 'hung up'}`)
      if (answer.status !== undefined) isProblem(t, answer, 408, 'request_timeout')
    }),
  )
  t.equal((await send(server, '/health')).status, 200, 'and the others never notice')
})

t.test('security 29: that is after ten seconds at most', async t => {
  const { app } = await build(t)
  const { headersTimeout, requestTimeout, connectionsCheckingInterval } = app.server as typeof app.server & Timeouts
  t.ok(headersTimeout > 0 && headersTimeout <= requestTimeout)
  t.ok(requestTimeout + connectionsCheckingInterval < 10_000)
})

t.test('security 29: what is no request is answered like any other error', async t => {
  const server = await listening(t)
  const request = (headers: string) => `GET /health HTTP/1.1\r\n${headers}\r\n`
  const megabyte = 'a'.repeat(1024 * 1024)
  const cases: [string, string | Buffer, number, string][] = [
    ['words', 'hello, is anybody there?\r\n\r\n', 400, 'invalid_request'],
    ['TLS on the plain port', Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc]), 400, 'invalid_request'],
    ['a version that is none', 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n', 400, 'invalid_request'],
    ['a method that is none', 'NONE /health HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'invalid_request'],
    ['two lengths', `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'invalid_request'],
    ['a chunk without a length', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, 'invalid_request'],
    ['a control character', request('Host: localhost\r\nX-Odd: a\0b\r\n'), 400, 'invalid_request'],
    ['one long header', request(`Host: localhost\r\nX-Long: ${'a'.repeat(20_000)}\r\n`), 431, 'headers_too_large'],
    ['many headers', request(`Host: localhost\r\n${'X: y\r\n'.repeat(4_000)}`), 431, 'headers_too_large'],
    ['an endless address', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431, 'headers_too_large'],
    ['a megabyte', `${post}Content-Length: ${megabyte.length}\r\n\r\n${megabyte}`, 413, 'body_too_large'],
    [
      'a megabyte in chunks',
      `${post}Transfer-Encoding: chunked\r\n\r\n${`4000\r\n${'a'.repeat(0x4000)}\r\n`.repeat(64)}0\r\n\r\n`,
      413,
      'body_too_large',
    ],
    ['no host', request('Connection: close\r\n'), 400, 'invalid_request'],
    ['two hosts', request('Host: localhost\r\nhost: y\r\nConnection: close\r\n'), 400, 'invalid_request'],
  ]
  for (const [name, bytes, status, code] of cases) {
    await t.test(name, async t => {
      isProblem(t, await overSocket(server.port, socket => socket.write(bytes)), status, code)
    })
  }
  t.equal((await send(server, '/health')).status, 200, 'and the server goes on')
})

t.test('a client that hangs up in the middle is nobody to answer, and no error of ours', async t => {
  const server = await listening(t)
  const answer = await overSocket(server.port, socket => {
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n', () => socket.resetAndDestroy())
  })
  t.equal(answer.status, undefined)
  await overSocket(server.port, socket => {
    socket.write(`${post}Content-Length: 40\r\n\r\n{"username":`, () => socket.resetAndDestroy())
  })
  t.equal((await send(server, '/health')).status, 200)
  await server.close()
  const troubles = logLines(server.stdout()).filter(({ level, status }) => level >= 40 || (status ?? 0) >= 500)
  t.strictSame(troubles, [], 'so the log does not say that something went wrong')
})

t.test('a client that says too much and listens no more is let go', async t => {
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.resume()
    socket.on('end', () => {
      socket.end(() => answerBrokenRequest(new Error('too late'), socket))
    })
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const answer = await overSocket((server.address() as AddressInfo).port, socket => socket.end('never mind'))
  t.equal(answer.status, undefined)
})

t.test('an error that Node has no code for is a request that is not valid', async t => {
  const server = createServer(socket => answerBrokenRequest(new Error('who knows'), socket)).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const answer = await overSocket((server.address() as AddressInfo).port, () => {})
  isProblem(t, answer, 400, 'invalid_request')
})

function isProblem(t: Test, { status, headers, body }: RawAnswer, expected: number, code: string) {
  t.equal(status, expected)
  t.match(headers, /^content-type: application\/problem\+json/m)
  t.match(headers, /^connection: close/m)
  t.match(headers, new RegExp(`^content-length: ${Buffer.byteLength(body)}$`, 'm'))
  t.match(parsed(body), { status: expected, code, errors: [String] })
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

function logLines(stdout: string): { level: number; status?: number }[] {
  return stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
}
