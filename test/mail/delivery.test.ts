import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { type Delivery, startOutbox } from '../../src/mail/outbox.ts'
import { freePort } from '../free-port.ts'
import { mailbox } from '../mailbox.ts'

const message = { to: 'maya@example.org', subject: 'Nothing logged', text: 'Guten Tag.\n' }

function open(t: Test, smtpUrl: string) {
  const outbox = startOutbox({ smtpUrl, from: 'no-reply@example.org', warn: () => {} })
  t.teardown(() => outbox.close(0))
  return outbox
}

/** Speaks SMTP until it has some of the message, as a server that dies then. */
async function dyingServer(t: Test, saying: (socket: Socket, line: string) => void, connected = () => {}) {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.write('220 hello\r\n')
    socket.on('data', data => saying(socket, data.toString()))
    connected()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a message that the server has is accepted, and counted', async t => {
  const box = await mailbox(t)
  const outbox = open(t, box.url)
  t.equal(await outbox.deliver(message), 'accepted')
  t.equal(box.received.length, 1)
  t.strictSame(outbox.load.ended, { sent: 1, failed: 0 })
})

t.test('what the server says of a message is told apart from a server that takes none', async t => {
  for (const [responseCode, outcome] of [
    [451, 'deferred'],
    [550, 'refused'],
    [421, 'unreachable'],
  ] as const) {
    const failing = Object.assign(new Error('no'), { responseCode })
    const atRecipient = await mailbox(t, { onRcptTo: (_address, _session, done) => done(failing) })
    t.equal(await open(t, atRecipient.url).deliver(message), outcome, `${responseCode} to the recipient`)
    const atSender = await mailbox(t, { onMailFrom: (_address, _session, done) => done(failing) })
    t.equal(await open(t, atSender.url).deliver(message), outcome, `${responseCode} to the sender`)
  }
  t.equal(await open(t, `smtp://127.0.0.1:${await freePort()}`).deliver(message), 'unreachable')
})

t.test(
  'a connection that ends after text of the message may have brought it; one that ends before has not',
  async t => {
    const endingAt = (end: RegExp) =>
      dyingServer(t, (socket, said) => {
        if (end.test(said)) socket.destroy()
        else socket.write(/^DATA/.test(said) ? '354 go on\r\n' : '250 fine\r\n')
      })
    const outcomeOf = async (end: RegExp): Promise<Delivery> => open(t, await endingAt(end)).deliver(message)
    t.equal(await outcomeOf(/Guten Tag/), 'unknown')
    t.equal(await outcomeOf(/^DATA/), 'unreachable')
    t.equal(await outcomeOf(/^RCPT/), 'unreachable')
  },
)

t.test('a closed outbox delivers nothing, and does not wait for a server that says nothing', async t => {
  let connected = () => {}
  const connection = new Promise<void>(resolve => (connected = resolve))
  const silent = await dyingServer(
    t,
    () => {},
    () => connected(),
  )
  const outbox = open(t, silent)
  const delivery = outbox.deliver(message)
  await connection
  t.equal(await outbox.close(1), 0)
  t.equal(await delivery, 'unreachable')
  t.equal(await outbox.deliver(message), 'unreachable')
})
