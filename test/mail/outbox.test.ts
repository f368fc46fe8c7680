import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { type OutboxOptions, startOutbox, transportSecurity } from '../../src/mail/outbox.ts'
import { freePort } from '../free-port.ts'
import { until } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

const message = { to: 'maya@example.org', subject: 'About you', text: 'Guten Tag, Zoë.\n' }

/** An outbox that is closed when the test ends, and its warnings; `warned` waits for the next one. */
function open(t: Test, smtpUrl: string, limits: OutboxOptions['limits'] = {}) {
  const warnings: object[] = []
  let tell = () => {}
  const warn = (reason: object) => {
    warnings.push(reason)
    tell()
  }
  const outbox = startOutbox({ smtpUrl, from: 'moodstreak <no-reply@example.org>', warn, limits })
  t.teardown(() => outbox.close(0))
  const warned = async (count: number) => {
    while (warnings.length < count) await new Promise<void>(resolve => (tell = resolve))
  }
  return { outbox, warnings, warned }
}

/**
 * A server that accepts connections and misbehaves as a mail server.
 * @returns its address.
 */
async function oddServer(t: Test, talk: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    talk(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a message arrives as it was written, from whom it says, and asks for no automatic answer', async t => {
  const box = await mailbox(t)
  const { outbox, warnings } = open(t, box.url)
  const link = `https://mood.example.org/reset-password#${'x'.repeat(120)}`
  t.equal(
    outbox.post('awaited', async () => ({ ...message, text: `${message.text}\n${link}\n` })),
    true,
  )
  const { from, to, subject, text, headers, code } = await box.next()
  t.strictSame([from, to, subject], ['no-reply@example.org', ['maya@example.org'], 'About you'])
  t.equal(text.trim(), `Guten Tag, Zoë.\n\n${link}`)
  t.equal(code, 'x'.repeat(120))
  t.match(headers, /^From: moodstreak <no-reply@example.org>\r$/m)
  t.match(headers, /^Auto-Submitted: auto-generated\r$/m)
  t.match(headers, /^Content-Type: text\/plain; charset=utf-8\r?$/m)
  t.strictSame(warnings, [])
})

t.test('a message is written when its turn comes, not when it is posted, and perhaps not at all', async t => {
  const box = await mailbox(t)
  const { outbox } = open(t, box.url)
  let written = 0
  outbox.post('awaited', async () => {
    written++
    return undefined
  })
  t.equal(written, 0)
  outbox.post('awaited', async () => message)
  await box.next()
  t.equal(written, 1)
  t.equal(box.received.length, 1)
})

t.test('what goes wrong with one message is told without its address, and the next one goes out', async t => {
  const box = await mailbox(t, {
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith('noor') ? Object.assign(new Error(`no ${address} here`), { responseCode: 550 }) : null),
  })
  const { outbox, warnings, warned } = open(t, box.url)
  outbox.post('awaited', () => Promise.reject(new TypeError('maya@example.org')))
  outbox.post('awaited', async () => ({ ...message, to: 'noor@example.org' }))
  outbox.post('awaited', async () => message)
  t.strictSame((await box.next()).to, ['maya@example.org'])
  await warned(2)
  t.match(
    warnings.toSorted((a, b) => Object.values(a).join().localeCompare(Object.values(b).join())),
    [{ name: 'Error', code: 'EENVELOPE', responseCode: 550 }, { name: 'TypeError' }],
  )
  t.notMatch(JSON.stringify(warnings), /maya|noor|example/)
})

t.test('a mail server that is away costs the message and nothing else', async t => {
  const { outbox, warnings, warned } = open(t, `smtp://127.0.0.1:${await freePort()}`)
  t.equal(
    outbox.post('awaited', async () => message),
    true,
  )
  await warned(1)
  t.match(warnings, [{ code: 'ESOCKET' }])
})

t.test('a mail server that does not greet, or says a little now and then for ever, is left', async t => {
  const silent = open(t, await oddServer(t, () => {}), { connectTimeoutMs: 50 })
  const slow = open(
    t,
    await oddServer(t, socket => {
      const talking = setInterval(() => socket.write('220-one moment\r\n'), 10)
      socket.on('close', () => clearInterval(talking))
    }),
    { sendTimeoutMs: 200 },
  )
  for (const { outbox, warned, warnings } of [silent, slow]) {
    outbox.post('awaited', async () => message)
    await warned(1)
    t.match(warnings, [{ code: /^E/ }])
  }
})

t.test('only so many messages wait; the ones beyond are refused at once', async t => {
  const { outbox } = open(t, await oddServer(t, () => {}), { maxQueued: 3 })
  const post = () => outbox.post('awaited', async () => message)
  t.strictSame([post(), post(), post(), post()], [true, true, true, false])
  t.equal(await outbox.close(0), 3)
})

t.test('closing sends what is in line, and gives up on a server that does not take it', async t => {
  const box = await mailbox(t)
  const honest = open(t, box.url)
  for (let i = 0; i < 9; i++) honest.outbox.post('awaited', async () => message)
  t.equal(await honest.outbox.close(60_000), 0)
  t.equal(box.received.length, 9)

  let connected = () => {}
  const connection = new Promise<void>(resolve => (connected = resolve))
  const stuck = open(t, await oddServer(t, () => connected()))
  for (let i = 0; i < 9; i++) stuck.outbox.post('awaited', async () => message)
  await connection
  t.equal(await stuck.outbox.close(1), 9)
  t.equal(await stuck.outbox.close(1), 0, 'also twice')
})

t.test('an address cannot smuggle in a header or another recipient', async t => {
  const box = await mailbox(t)
  const { outbox } = open(t, box.url)
  const attempts = [
    'maya@example.org\r\nBcc: evil@example.net',
    'maya@example.org, evil@example.net',
    'maya@example.org>\r\nRCPT TO:<evil@example.net',
    '<evil@example.net> maya@example.org',
    'maya@example.org\nX-Evil: evil@example.net',
  ]
  for (const to of attempts) outbox.post('awaited', async () => ({ ...message, to }))
  outbox.post('awaited', async () => ({ ...message, subject: 'About\r\nBcc: evil@example.net' }))
  await outbox.close(60_000)
  t.ok(box.received.length > 0)
  for (const { to, headers } of box.received) {
    t.notOk(
      to.some(address => /^evil@example\.net$/.test(address)),
      to.join(),
    )
    t.notMatch(headers, /^(bcc|x-evil)/im)
  }
})

t.test('STARTTLS is used where it is offered', async t => {
  const box = await mailbox(t, { disabledCommands: [] })
  open(t, box.url).outbox.post('awaited', async () => message)
  t.equal((await box.next()).secure, true)
})

t.test('on this machine a message goes out without TLS, unless the URL asks for it', async t => {
  const box = await mailbox(t)
  open(t, box.url).outbox.post('awaited', async () => message)
  t.equal((await box.next()).secure, false)

  const strict = open(t, `${box.url}/?requireTLS=true`)
  strict.outbox.post('awaited', async () => message)
  await strict.warned(1)
  t.match(strict.warnings, [{ code: 'ETLS' }])

  const distrustful = open(t, `${(await mailbox(t, { disabledCommands: [] })).url}/?tls.rejectUnauthorized=true`)
  distrustful.outbox.post('awaited', async () => message)
  await distrustful.warned(1)
  t.equal(box.received.length, 1)
})

t.test('elsewhere TLS is required, unless the URL says otherwise', async t => {
  const required = (url: string) => transportSecurity(url)
  t.strictSame(required('smtp://mail.example.org'), { requireTLS: true })
  t.strictSame(required('smtp://127.0.0.1.example.org'), { requireTLS: true })
  t.strictSame(required('smtp://mail.example.org?ignoreTLS=true'), { requireTLS: false })
  t.strictSame(required('smtps://mail.example.org'), { requireTLS: false }, 'it is TLS from the start')
  for (const host of ['localhost:1025', '127.0.0.1', '[::1]:25'])
    t.strictSame(required(`smtp://${host}`), { tls: { rejectUnauthorized: false } }, host)
})

t.test('the user and password of the URL sign in, whatever characters they have', async t => {
  const box = await mailbox(t, {
    disabledCommands: [],
    authOptional: false,
    onAuth: ({ username, password }, _session, done) => done(null, { user: `${username} ${password}` }),
  })
  const { outbox } = open(t, `smtp://maya%40example.org:p%2Fw%3Ard%23@127.0.0.1:${box.port}`)
  outbox.post('awaited', async () => message)
  t.equal((await box.next()).user, 'maya@example.org p/w:rd#')
})

t.test('security 40: a message that somebody waits for overtakes notices, and has a connection of its own', async t => {
  const held: (() => void)[] = []
  const box = await mailbox(t, {
    // Notices are kept waiting by their mail server, as long as it can.
    onRcptTo: ({ address }, _session, done) => void (address.startsWith('notice') ? held.push(done) : done(null)),
  })
  const { outbox } = open(t, box.url)
  const to = (name: string) => async () => ({ ...message, to: `${name}@example.org` })
  for (let i = 0; i < 100; i++) t.ok(outbox.post('notice', to(`notice${i}`)))
  t.notOk(outbox.post('notice', to('notice')), 'the queue of notices is full')
  for (const name of ['reset', 'verification']) t.ok(outbox.post('awaited', to(name)))
  const arrived = [await box.next(), await box.next()]
  // Each on a connection of its own, so in either order.
  t.strictSame(arrived.map(({ to }) => to[0]).toSorted(), ['reset@example.org', 'verification@example.org'])
  t.ok(held.length <= 1, 'one connection at most is held by notices')
  // Arrived they are before the mail server says so.
  await until(() => outbox.load.ended.sent === arrived.length)
  t.equal(await outbox.close(0), 100)
})
