import t from 'tap'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { Unavailable, type WritableDatabase } from '../../src/db/database.ts'
import { build, signUp } from '../helper.ts'
import { browser, isSignedIn } from '../oauth/browser.ts'
import { type Claims, standIn } from '../oauth/stand-in.ts'

/** Races between a read and its write. */

/** Runs once before a write: 0 is the next one. */
let meanwhile: { writes: number; happens: () => Promise<unknown> } | undefined
let allNamesTaken = false

function interrupted(database: WritableDatabase): WritableDatabase {
  return {
    ...database,
    atomic: async (writes, relation, guard) => {
      const due = meanwhile
      if (due && due.writes-- === 0) {
        meanwhile = undefined
        await due.happens()
      }
      return database.atomic(writes, relation, guard)
    },
    prepare: (name, values, build, json) => {
      const statement = database.prepare(name, values, build, json)
      if (name !== 'username_taken') return statement
      const execute: typeof statement.execute = async params =>
        allNamesTaken ? ([{}] as never) : statement.execute(params)
      return { execute, asWrite: statement.asWrite }
    },
  }
}

const idp = await standIn(t)
const { app, clock, database } = await build(t, { env: idp.env('IDP'), wrap: interrupted })

/** Returns from the provider; something else happens just before the account is written. */
async function arriveLate(person: Claims, happens: () => Promise<unknown>, query: Record<string, string> = {}) {
  const window = browser(app)
  const visit = await window.begin('idp', query)
  // The first write consumes the state.
  meanwhile = { writes: 1, happens }
  return { window, answer: await window.arrive(idp, 'idp', visit, person) }
}
const arrive = async (person: Claims) => {
  const window = browser(app)
  await window.signIn(idp, 'idp', person)
  return window.whoami()
}

t.test('security 21: who arrives twice at once has one account', async t => {
  const person = { sub: 'double', preferred_username: 'double' }
  let first: Claims | undefined
  const { window, answer } = await arriveLate(person, async () => {
    first = await arrive(person)
  })
  t.ok(isSignedIn(answer))
  t.equal((await window.whoami())?.id, first?.id)
})

t.test('security 21: an address that is taken at the last moment is left to whoever took it', async t => {
  const person = { sub: 'address', preferred_username: 'address', email: 'a@example.org', email_verified: true }
  const { window } = await arriveLate(person, () => signUp(app, 'faster', { email: 'a@example.org' }))
  t.match(await window.whoami(), { username: 'address', email: null })
})

t.test('security 21: a name that is taken at the last moment gets another ending', async t => {
  const { window } = await arriveLate({ sub: 'name', preferred_username: 'name' }, () => signUp(app, 'name'))
  t.match((await window.whoami())?.username, /^name-\d+$/)
})

t.test('security 21: where every name is taken nobody is signed up', async t => {
  const window = browser(app)
  const visit = await window.begin('idp')
  allNamesTaken = true
  const answer = await window.arrive(idp, 'idp', visit, { sub: 'nameless', preferred_username: 'nameless' })
  allNamesTaken = false
  t.match(answer.json(), { status: 409, code: 'username_taken' })
})

t.test('security 21: an identity that is taken at the last moment is not moved', async t => {
  const { cookie } = await signUp(app, 'linker')
  const window = browser(app)
  window.cookies.moodstreak_session = cookie.replace('moodstreak_session=', '')
  const visit = await window.begin('idp', { link: '1' })
  let owner: Claims | undefined
  meanwhile = {
    writes: 1,
    happens: async () => {
      owner = await arrive({ sub: 'coveted' })
    },
  }
  const answer = await window.arrive(idp, 'idp', visit, { sub: 'coveted' })
  t.match(answer.json(), { status: 409, code: 'identity_taken' })
  t.equal((await arrive({ sub: 'coveted' }))?.id, owner?.id)
})

t.test('security 21: an identity that a stranger links at the last moment goes with the others in a reset', async t => {
  const email = 'trojan@example.org'
  const { cookie, id } = await signUp(app, 'trojan', { email })
  const window = browser(app)
  window.cookies.moodstreak_session = cookie.replace('moodstreak_session=', '')
  const { code, writes } = oneTimeCodeStore(database).issue(id, 'reset_password', email, clock.now)
  await database.atomic(writes)
  const linked: number[] = []
  meanwhile = {
    writes: 0,
    happens: async () => linked.push((await window.signIn(idp, 'idp', { sub: 'trojan' }, { link: '1' })).statusCode),
  }
  const payload = { code, new_password: 'a new horse battery' }
  t.equal((await app.inject({ method: 'POST', url: '/password/reset', payload })).statusCode, 204)
  t.strictSame(linked, [303])
  t.not((await arrive({ sub: 'trojan' }))?.id, id, 'it leads elsewhere')
})

t.test('security 21: an account that is deleted at the last moment is neither linked to nor entered', async t => {
  for (const query of [{ link: '1' }, {}] as Record<string, string>[]) {
    const { cookie, ...person } = await signUp(app, 'leaving')
    const window = browser(app)
    window.cookies.moodstreak_session = cookie.replace('moodstreak_session=', '')
    await window.signIn(idp, 'idp', { sub: 'entered' }, { link: '1' })
    const visit = await window.begin('idp', query)
    meanwhile = { writes: 1, happens: () => person.delete('/account') }
    const sub = query.link ? 'too late' : 'entered'
    const answer = await window.arrive(idp, 'idp', visit, { sub })
    t.equal(answer.statusCode, 401, answer.body)
    t.notOk(isSignedIn(answer))
  }
})

t.test('security 21: the database failing at the last moment is its own fault, and nobody’s sign-in', async t => {
  for (const query of [{ link: '1' }, {}] as Record<string, string>[]) {
    const { cookie } = await signUp(app, `unlucky-${query.link}`)
    const window = browser(app)
    window.cookies.moodstreak_session = cookie.replace('moodstreak_session=', '')
    const visit = await window.begin('idp', query)
    meanwhile = { writes: 1, happens: () => Promise.reject(new Unavailable('SQLITE_BUSY')) }
    const answer = await window.arrive(idp, 'idp', visit, { sub: 'unlucky' })
    t.match(answer.json(), { status: 503, code: 'unavailable' })
  }
})
