import { createHmac } from 'node:crypto'
import { count } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { writePersonalToken } from '../../src/auth/personal-token.ts'
import type { Database } from '../../src/db/database.ts'
import { allTables } from '../../src/db/schema.ts'
import { idFrom } from '../../src/ids.ts'
import { type App, build, type Person, password, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

/** Every text in every table, and within its JSON: the content of a stolen backup. */
async function dumpOf({ tables, query }: Database): Promise<Set<string>> {
  const texts = new Set<string>()
  const take = (value: unknown) => {
    if (typeof value === 'string') texts.add(value)
    else if (Buffer.isBuffer(value)) texts.add(value.toString('base64url').slice(0, 43))
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) take(inner)
  }
  for (const [, table] of allTables(tables)) {
    for (const row of await query(db => db.select().from(table))) take(row)
  }
  return texts
}

/** A user with one of every credential, after use, so that replaced ones are in the database too. */
async function setting(t: Test) {
  const box = await mailbox(t)
  const { app, database } = await build(t, { env: { SMTP_URL: box.url } })
  const email = 'maya@example.org'
  const signedUp = await signUp(app, 'maya', { email, first_name: 'Maya' })
  await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: signedUp.refreshToken } })
  const login = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  const [cookie] = login.cookies
  const made = await signedUp.post('/tokens', { name: 'a script', scopes: ['mood:read', 'profile:read'] })
  await signedUp.post('/mood', { mood: 'calm', note: 'a note', tags: ['walk'] }, { 'idempotency-key': 'a key' })
  await signedUp.post('/mood', { mood: 3 }, { 'idempotency-key': 'a-key' })
  await signedUp.post('/tasks', { title: 'a task' })
  await signedUp.patch('/profile', { occupation: 'teacher' })
  await signedUp.post('/account/email/verification', undefined)
  const verification = await box.nextCode()
  await app.inject({ method: 'POST', url: '/password/forgot', payload: { email } })
  const held = {
    access: login.json().token as string,
    refresh: login.json().refresh_token as string,
    cookie: cookie?.value as string,
    personal: made.json().token as string,
    verification,
    reset: await box.nextCode(),
  }
  return { app, database, person: signedUp, held }
}

/** Every way to present a text as a credential, and the resulting statuses. */
function attempts(app: App, person: Person, text: string) {
  const asBearer = (token: string) => app.inject({ url: '/mood', headers: { authorization: `Bearer ${token}` } })
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
  return {
    bearer: () => asBearer(text),
    cookie: () => app.inject({ url: '/check_session', headers: { cookie: `session=${text}` } }),
    refresh: () => post('/refresh', { refresh_token: text.slice(0, 200) }),
    verification: () => post('/account/email/verification/confirm', { code: text.slice(0, 200) }),
    reset: () => post('/password/reset', { code: text.slice(0, 200), new_password: 'a password of thieves' }),
    'password of a username': () => post('/login', { username: 'maya', password: text }),
    'password of an address': () => post('/login', { email: 'maya@example.org', password: text }),
    'current password': () => person.post('/account/confirm', { current_password: text }),
  }
}
type Way = keyof ReturnType<typeof attempts>

/** The ways in which a credential of each form is looked at. */
const ways = {
  any: ['bearer', 'cookie', 'refresh', 'verification', 'reset'],
  ofThreeParts: ['cookie', 'refresh', 'verification', 'reset'],
  ofBearers: ['bearer'],
} as const satisfies Record<string, readonly Way[]>

/** The credentials that a thief could make of a text in the database and the ids beside it, each with the ways to try it. */
function disguises(
  text: string,
  ids: readonly [string, string][],
  claimsOf: (user: string, session: string) => string,
): Map<string, readonly Way[]> {
  const encoded = [text, Buffer.from(text, 'base64url').toString('base64url'), Buffer.from(text).toString('base64url')]
  // The lengths of a secret, and of a refresh secret with its seal.
  const secrets = [text, text.padEnd(43, 'A').slice(0, 43), (text + text).padEnd(65, 'A').slice(0, 65)]
  const whole = ids.flatMap(([user, id]): [string, readonly Way[]][] => {
    const input = claimsOf(user, id)
    const personal = writePersonalToken({ user: idFrom(user), session: idFrom(id), secret: secrets[1] as string })
    return [
      ...secrets.map(secret => [`${user}.${id}.${secret}`, ways.ofThreeParts] as [string, readonly Way[]]),
      [personal, ways.ofBearers],
      [`${input}.${createHmac('sha256', text).update(input).digest('base64url')}`, ways.ofBearers],
    ]
  })
  return new Map([
    ...whole,
    [`mspat_${text}`, ways.ofBearers],
    ...encoded.map(alone => [alone, ways.any] as [string, readonly Way[]]),
  ])
}

t.test('security 11: nothing in a dump of the database is a credential, alone or put together', async t => {
  const { app, database, person, held } = await setting(t)
  const texts = [...(await dumpOf(database))]
  for (const secret of Object.values(held)) t.notOk(texts.includes(secret))
  for (const secret of [password, ...Object.values(held).map(text => text.split('.').at(-1) as string)])
    t.notOk(
      texts.some(text => text.includes(secret)),
      'no secret is in it',
    )

  const { sessions, personalTokens, oneTimeCodes } = database.tables
  const ids: [string, string][] = []
  for (const table of [sessions, personalTokens, oneTimeCodes] as const) {
    const rows = await database.query(db => db.select({ user: table.userId, id: table.id }).from(table))
    for (const { user, id } of rows) ids.push([user, id])
  }
  t.equal(ids.length, 5, 'two sessions, a token and two codes')

  const [header, claims] = held.access.split('.')
  const known = JSON.parse(Buffer.from(claims as string, 'base64url').toString())
  const claimsOf = (sub: string, sid: string) =>
    `${header}.${Buffer.from(JSON.stringify({ ...known, sub, sid })).toString('base64url')}`
  const before = await database.query(db => db.select({ n: count() }).from(sessions))
  const accepted: string[] = []
  let tried = 0
  for (const text of texts) {
    for (const [disguise, ways] of disguises(text, ids, claimsOf)) {
      const known = attempts(app, person, disguise)
      // As a password it is tried as it is, without ids.
      const passwordWays = (Object.keys(known) as Way[]).filter(way => disguise === text && way.includes('password'))
      for (const way of [...ways, ...passwordWays]) {
        tried++
        const { statusCode } = await known[way]()
        const refused = statusCode === 400 || statusCode === (way === 'current password' ? 403 : 401)
        if (!refused) accepted.push(`${statusCode} as ${way}: ${disguise}`)
      }
    }
  }
  t.strictSame(accepted, [])
  t.ok(tried > 1_000, `${tried} attempts`)
  t.strictSame(
    await database.query(db => db.select({ n: count() }).from(sessions)),
    before,
    'and nobody was signed out',
  )

  // The same attempts with the real secrets, which are not in the database.
  const good: [Way, string, number][] = [
    ['bearer', held.access, 200],
    ['bearer', held.personal, 200],
    ['cookie', held.cookie, 200],
    ['refresh', held.refresh, 200],
    ['password of a username', password, 200],
    ['password of an address', password, 200],
    ['current password', password, 204],
    ['verification', held.verification, 204],
    ['reset', held.reset, 204],
  ]
  for (const [way, text, status] of good)
    t.equal((await attempts(app, person, text)[way]()).statusCode, status, `${way}, the real one`)
})
