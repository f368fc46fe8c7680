import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import clock from '../../plugins/clock.ts'
import db from '../../plugins/db.ts'
import mail from '../../plugins/mail.ts'
import metrics from '../../plugins/metrics.ts'
import { openDatabase } from '../../src/db/open.ts'
import { passwordChangedMessage } from '../../src/mail/messages.ts'
import { temporaryFolder } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

const message = passwordChangedMessage(0)
const verified = (email: string | null) => ({ email, emailVerifiedAt: new Date(0) })

/** A server with only e-mail, and its log. */
async function withMail(t: Test, smtpUrl: string | undefined, drainTimeoutMs: number) {
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => void lines.push(line) } } })
  const database = await openDatabase(`file:${join(temporaryFolder(t), 'test.db')}`)
  await app.register(metrics, { enabled: false, version: '1', engine: 'sqlite' })
  await app.register(db, { database })
  await app.register(clock, { now: () => 0 })
  await app.register(mail, { smtpUrl, from: 'no-reply@example.org', key: Buffer.alloc(32), drainTimeoutMs })
  await app.ready()
  t.teardown(() => app.close())
  return { app, lines }
}

t.test('a stopping server sends the messages that are in line', async t => {
  const box = await mailbox(t)
  const { app, lines } = await withMail(t, box.url, 60_000)
  for (const name of ['maya', 'noor', 'ines']) app.mail.notify(verified(`${name}@example.org`), message)
  app.mail.notify(verified(null), message)
  app.mail.notify({ email: 'stranger@example.org', emailVerifiedAt: null }, message)
  await app.close()
  t.strictSame(box.received.flatMap(({ to }) => to).sort(), [
    'ines@example.org',
    'maya@example.org',
    'noor@example.org',
  ])
  t.strictSame(lines, [])
})

t.test('it does not wait for a mail server that never answers, and says how many messages were lost', async t => {
  const silent = createServer(socket => void t.teardown(() => socket.destroy())).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const { app, lines } = await withMail(t, `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`, 1)
  for (let i = 0; i < 5; i++) app.mail.notify(verified('maya@example.org'), message)
  await app.close()
  t.match(lines.join(''), /5 e-mails were still unsent/)
  t.notMatch(lines.join(''), /maya|example/)
})

t.test('what finds no place in line is left out and logged, and without a mail server there is no line', async t => {
  const silent = createServer(socket => void t.teardown(() => socket.destroy())).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const { app, lines } = await withMail(t, `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`, 1)
  const busy = () => lines.join('').split('email_busy').length - 1
  const draft = async () => undefined
  for (let i = 0; i < 150; i++) app.mail.notify(verified('maya@example.org'), message)
  t.ok(busy() > 0, 'notices')
  lines.length = 0
  for (let i = 0; i < 150; i++) app.mail.sendIfPossible(draft)
  t.ok(busy() > 0, 'messages that somebody waits for')
  t.notMatch(lines.join(''), /maya|example/)

  const { app: without, lines: silence } = await withMail(t, undefined, 1)
  without.mail.sendIfPossible(draft)
  without.mail.notify(verified('maya@example.org'), message)
  t.throws(() => without.mail.send(draft), { code: 'email_not_configured' })
  t.strictSame(silence, [])
})
