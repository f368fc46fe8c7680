import t, { type Test } from 'tap'
import { sumsOf } from '../../src/db/copy.ts'
import { build, password, signUp } from '../helper.ts'

const next = 'a better horse battery'

/** The owner of an account, an intruder in one of its sessions, and a hook before the next batch. */
async function setting(t: Test) {
  let before: (() => Promise<unknown>) | undefined
  const { app, database } = await build(t, {
    wrap: real => ({
      ...real,
      async atomic(writes, relation, guard) {
        const first = before
        before = undefined
        await first?.()
        return real.atomic(writes, relation, guard)
      },
    }),
  })
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  const login = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  const headers = { authorization: `Bearer ${login.json().token}` }
  const intrude = ({ method, url, payload }: Intrusion) =>
    app.inject({ method, url, headers, ...(payload && { payload }) })
  const throwOut = async () => {
    const changed = await maya.put('/account/password', { current_password: password, new_password: next })
    t.equal(changed.statusCode, 204)
  }
  const beforeNextBatch = (what: () => Promise<unknown>) => {
    before = what
  }
  return { app, database, maya, intrude, throwOut, beforeNextBatch }
}

interface Intrusion {
  method: 'POST' | 'PUT' | 'DELETE'
  url: string
  payload?: object
  /** Without a revocation. */
  status: number
}

/** Requests that would let an intruder stay, or do harm, after the owner has changed the password. */
const intrusions: Intrusion[] = [
  { method: 'POST', url: '/tokens', payload: { name: 'to come back', scopes: ['mood:read'] }, status: 201 },
  { method: 'PUT', url: '/account/password', payload: { new_password: 'a password of thieves' }, status: 204 },
  { method: 'PUT', url: '/account/email', payload: { email: 'thief@evil.example' }, status: 200 },
  { method: 'PUT', url: '/account/username', payload: { username: 'thief' }, status: 200 },
  { method: 'DELETE', url: '/account', status: 204 },
  { method: 'DELETE', url: '/sessions', status: 204 },
]

t.test('security 12: what is on its way when the owner changes the password changes nothing any more', async t => {
  for (const intrusion of intrusions) {
    const { app, database, maya, intrude, throwOut, beforeNextBatch } = await setting(t)
    const what = `${intrusion.method} ${intrusion.url}`
    let sums: unknown
    beforeNextBatch(async () => {
      await throwOut()
      sums = await sumsOf(database)
    })
    const { statusCode } = await intrude(intrusion)
    t.ok([401, 409].includes(statusCode), `${what}: ${statusCode}`)
    t.strictSame(await sumsOf(database), sums, what)
    t.strictSame((await maya.get('/tokens')).json(), { tokens: [] })
    const login = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password: next } })
    t.equal(login.statusCode, 200)
  }
})

t.test('nor is it a failure of the server when the account is gone by then', async t => {
  for (const intrusion of intrusions) {
    const { app, maya, intrude, beforeNextBatch } = await setting(t)
    beforeNextBatch(() => maya.delete('/account'))
    const { statusCode } = await intrude(intrusion)
    t.ok([401, 409].includes(statusCode), `${intrusion.method} ${intrusion.url}: ${statusCode}`)
    const login = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
    t.equal(login.statusCode, 401)
  }
})

t.test('and without that, it is done', async t => {
  for (const intrusion of intrusions) {
    const { intrude } = await setting(t)
    t.equal((await intrude(intrusion)).statusCode, intrusion.status, intrusion.url)
  }
})
