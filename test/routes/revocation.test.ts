import { subscribe } from 'node:diagnostics_channel'
import { PassThrough } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { isScope, matrix, type Row, reserved, type Thing } from '../access-matrix.ts'
import {
  bearer,
  dump,
  type Headers,
  make,
  prepare,
  requestOf,
  type Subject,
  somebody,
  unusedName,
  watchRoutes,
} from '../every-route.ts'
import { build, type Person, password, signUp } from '../helper.ts'
import { emptier } from '../kept-apps.ts'

/** Called when a request was let in and its body is about to be read. */
let letIn: (() => Promise<void>) | undefined
subscribe('fastify.initialization', message => {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('preParsing', async () => {
    const happens = letIn
    letIn = undefined
    await happens?.()
  })
})
const routes = watchRoutes()
const { app, database, config } = await build(t, { own: true })
let ada = await somebody(app, database, 'admin')
const beside = await emptier(config.databaseUrl)
t.teardown(beside.close)

/** Routes that ask for no credential: what their body proves is all they go by. */
const open = matrix
  .filter(({ route, asks }) => !route.startsWith('GET') && asks === 'nothing')
  .map(({ route }) => route)
const unsafe = matrix.filter(({ route, asks }) => !route.startsWith('GET') && asks !== 'nothing')

interface Revocation {
  /** The session or personal token that the request comes with. */
  by: 'session' | 'token'
  revoke(who: { self: Subject; headers: Headers; tokenId: string }): Promise<{ statusCode: number }>
}

/** 401 or 403; 404 and a wrong password where these are looked at first. */
const refusals = [401, 403, 404]
const confirm = { current_password: password }
const revocations: Record<string, Revocation> = {
  logout: {
    by: 'session',
    revoke: ({ headers }) => app.inject({ method: 'DELETE', url: '/logout', headers }),
  },
  'password changed elsewhere': {
    by: 'session',
    revoke: ({ self }) => self.put('/account/password', { ...confirm, new_password: 'a better horse battery' }),
  },
  'personal token deleted': {
    by: 'token',
    revoke: ({ self, tokenId }) => self.delete(`/tokens/${tokenId}`),
  },
  demoted: {
    by: 'session',
    revoke: ({ self }) => ada.patch(`/admin/users/${self.id}`, { role: 'member' }),
  },
  disabled: {
    by: 'session',
    revoke: ({ self }) => ada.patch(`/admin/users/${self.id}`, { disabled: true }),
  },
  'disabled, with a token': {
    by: 'token',
    revoke: ({ self }) => ada.patch(`/admin/users/${self.id}`, { disabled: true }),
  },
  'account deleted': {
    by: 'session',
    revoke: ({ self }) =>
      app.inject({ method: 'DELETE', url: '/account', headers: bearer(self.token), payload: confirm }),
  },
}

t.test('security 39: every unsafe route is in the list of revocations, or asks for no credential', async t => {
  const unsafeRoutes = [...routes].filter(route => !route.startsWith('GET'))
  t.strictSame([...open, ...unsafe.map(({ route }) => route)].toSorted(), unsafeRoutes.toSorted())
})

for (const [name, revocation] of Object.entries(revocations)) {
  t.test(`security 39: no unsafe route changes a row when its body comes after: ${name}`, async t => {
    // Every row is compared before and after each of these requests.
    await beside.empty()
    ada = await somebody(app, database, 'admin')
    for (const row of unsafe.filter(row => concerns(name, revocation, row))) {
      const { route, asks } = row
      const role = isPermission(asks) ? (reserved[asks]?.[0] ?? 'member') : 'member'
      const self = await somebody(app, database, role)
      const id = await prepare(app, row, self)
      const { headers, tokenId } = await credential(self, row, revocation)
      const body = new PassThrough()
      const { payload, ...request } = requestOf(row, self, id)
      let before: string | undefined
      letIn = async () => {
        const { statusCode } = await revocation.revoke({ self, headers, tokenId })
        t.ok(statusCode < 300, `${route}: revoked`)
        before = await dump(database)
        // Only now is there a body.
        body.end(Buffer.isBuffer(payload) ? payload : JSON.stringify(payload))
      }
      const type = Buffer.isBuffer(payload) ? {} : { 'content-type': 'application/json' }
      const answer = await app.inject({
        ...request,
        headers: { ...request.headers, ...headers, ...(payload && type) },
        ...(payload && { payload: body }),
      })
      t.ok(refusals.includes(answer.statusCode), `${route}: ${answer.statusCode} ${answer.body}`)
      t.equal(await dump(database), before, `${route}: no row has changed`)
    }
  })
}

const unchanged: [thing: Thing, path: string, body: object][] = [
  ['mood', '/mood/:id', { mood: 5 }],
  ['task', '/tasks/:id', { title: 'mine' }],
  ['pose', '/poses/:id', { name: 'Tree at the Wall' }],
  ['sequence', '/sequences/:id', { visibility: 'private' }],
  ['sequence', '/sequences/:id/poses/1', { cue: null }],
  ['practice', '/practices/:id', { note: null }],
]
for (const [thing, path, payload] of unchanged) {
  t.test(
    `security 39: PATCH ${path} that changes nothing is refused too when the body comes after the logout`,
    async t => {
      const self = await somebody(app, database, 'instructor')
      const url = path.replace(':id', await make(app, thing, self))
      // What the first one changes the second one does not.
      const [first, second] = [await self.patch(url, payload), await self.patch(url, payload)]
      t.strictSame([first.statusCode, second.statusCode], [200, 200])
      t.equal(second.json().revision, first.json().revision)
      const { headers } = await credential(self, undefined, { by: 'session' })
      letIn = async () => void (await app.inject({ method: 'DELETE', url: '/logout', headers }))
      const answer = await app.inject({ method: 'PATCH', url, headers, payload })
      t.match(answer.json(), { code: 'invalid_token' })
    },
  )
}

t.test('security 39: a dry run of an import tells nothing when its file comes after the logout', async t => {
  const self = await somebody(app, database, 'member')
  const headers = { ...bearer(self.token), 'content-type': 'text/csv' }
  const request = {
    method: 'POST',
    url: '/mood/import?dry_run=true',
    headers,
    payload: 'date,mood\n2026-02-01,5\n',
  } as const
  t.equal((await app.inject(request)).statusCode, 200)
  letIn = async () => void (await app.inject({ method: 'DELETE', url: '/logout', headers: bearer(self.token) }))
  t.match((await app.inject(request)).json(), { code: 'invalid_token' })
})

t.test('security 39: who is promoted while the body is on its way is served', async t => {
  const maya = await signUp(app, unusedName())
  const { headers } = await credential(maya, undefined, { by: 'session' })
  letIn = async () => void (await ada.patch(`/admin/users/${maya.id}`, { role: 'instructor' }))
  const answer = await app.inject({ method: 'POST', url: '/mood', headers, payload: { mood: 5 } })
  t.equal(answer.statusCode, 201)
})

/** Whether a revocation takes from a request of this row what let it in. */
function concerns(name: string, { by }: Revocation, { asks }: Row): boolean {
  if (name === 'demoted') return isPermission(asks) && reserved[asks] !== undefined
  return by === 'session' || isScope(asks)
}

function isPermission(asks: Row['asks']) {
  return asks !== 'nothing' && asks !== 'sign-in' && asks !== 'cookie' && asks !== 'metrics'
}

/** A second session of a user, or a personal token: the first one revokes it. */
async function credential(self: Person, row: Row | undefined, { by }: Pick<Revocation, 'by'>) {
  if (by === 'token') {
    const { id, token } = (await self.post('/tokens', { name: 'script', scopes: [row?.asks] })).json()
    return { headers: bearer(token), tokenId: id as string }
  }
  const { username } = (await self.get('/me')).json()
  const login = await app.inject({ method: 'POST', url: '/login', payload: { username, password } })
  return { headers: bearer(login.json().token), tokenId: '' }
}
