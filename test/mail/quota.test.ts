import { join } from 'node:path'
import t from 'tap'
import { openDatabase } from '../../src/db/open.ts'
import { type MessageKind, messageQuota, quotaWindowMs } from '../../src/mail/quota.ts'
import { build, signUp, temporaryFolder } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

const key = Buffer.alloc(32, 1)

t.test('security 40: in no hour does an address get a sixth message, however many processes send them', async t => {
  const url = `file:${join(temporaryFolder(t), 'test.db')}`
  const nodes = [await openDatabase(url), await openDatabase(url)]
  const quotas = nodes.map(database => messageQuota(database, database.atomic, key))
  let now = Date.parse('2026-03-05T12:00:00Z')
  const sent: number[] = []
  const kinds: MessageKind[] = ['awaited', 'notice']
  for (let minute = 0; minute < 240; minute++) {
    const asked = quotas.flatMap(quota => kinds.map(kind => quota.claim('maya@example.org', kind, now)))
    for (const slot of await Promise.all(asked)) if (slot) sent.push(now)
    now += 60_000
  }
  for (const at of sent) t.ok(sent.filter(other => other > at - quotaWindowMs && other <= at).length <= 5)
  t.equal(sent.length, 4 * 5, 'and the five it does get')
  await Promise.all(nodes.map(node => node.close()))
})

t.test('security 40: neither kind of message uses up what is left to the other', async t => {
  const database = await openDatabase(`file:${join(temporaryFolder(t), 'test.db')}`)
  t.teardown(() => database.close())
  const quota = messageQuota(database, database.atomic, key)
  const taken = async (address: string, ...kinds: MessageKind[]) => {
    let count = 0
    for (const kind of kinds) while (await quota.claim(address, kind, 0)) count++
    return count
  }
  t.equal(await taken('a@example.org', 'awaited'), 4)
  t.equal(await taken('a@example.org', 'notice'), 1)
  t.equal(await taken('b@example.org', 'notice'), 2)
  t.equal(await taken('b@example.org', 'awaited'), 3)
  for (const same of ['A@EXAMPLE.ORG', 'a+tag@example.org', 'a+x+y@example.org', 'ａ@example.org'])
    t.equal(await taken(same, 'awaited', 'notice'), 0, same)
  t.equal(await taken('+a@example.org', 'awaited'), 4, 'nothing but a tag is an address of its own')

  const slot = await quota.claim('c@example.org', 'notice', 0)
  await database.atomic(slot ? [slot.releaseWrite()] : [])
  t.equal(await taken('c@example.org', 'notice'), 2, 'what was given back is free again')

  const rows = await database.query(db => db.select().from(database.tables.throttles))
  t.equal(rows.length, 5 + 5 + 4 + 2)
  t.notMatch(JSON.stringify(rows), /example|@/, 'no address is written down')
})

t.test(
  'security 40: whoever changes an address to and fro, or asks again and again, sends a stranger little',
  async t => {
    const box = await mailbox(t)
    const { app, clock } = await build(t, { env: { SMTP_URL: box.url } })
    const to = 'stranger@example.org'
    const people = await Promise.all(['ada', 'bea', 'cleo'].map(name => signUp(app, name)))
    for (let round = 0; round < 10; round++) {
      for (const person of people) {
        await person.put('/account/email', { email: to })
        for (const asked of [person.post('/account/email/verification', undefined)])
          t.equal((await asked).statusCode, 202)
        await app.inject({ method: 'POST', url: '/password/forgot', payload: { email: to } })
        await person.put('/account/email', { email: null })
      }
      clock.now += 60_000
    }
    await app.close()
    t.ok(box.received.every(message => message.to[0] === to))
    t.ok(box.received.length > 0 && box.received.length <= 5, `${box.received.length} messages in ten minutes`)
  },
)

t.test('security 40: a notice goes to a verified address only', async t => {
  const box = await mailbox(t)
  const { app } = await build(t, { env: { SMTP_URL: box.url } })
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  const notices = async () => {
    await maya.put('/account/password', { new_password: 'another horse battery' })
    await maya.put('/account/email', { email: 'other@example.org' })
  }
  await notices()
  await maya.put('/account/email', { email: 'maya@example.org' })
  await maya.post('/account/email/verification', undefined)
  const { subject, code } = await box.next()
  t.equal(subject, 'Confirm your e-mail address for moodstreak', 'nothing came before it')
  await app.inject({ method: 'POST', url: '/account/email/verification/confirm', payload: { code } })
  await notices()
  const told = [await box.next(), await box.next()]
  t.ok(told.every(({ to }) => to[0] === 'maya@example.org'))
  t.strictSame(told.map(({ subject }) => subject).sort(), [
    'Your moodstreak e-mail address was changed',
    'Your moodstreak password was changed',
  ])
})
