import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { type Scope, scopes } from '../../src/vocabulary.ts'
import { matrix, type Row, type Thing } from '../access-matrix.ts'
import { bearer, make, prepare, requestOf, type Subject, send, somebody } from '../every-route.ts'
import { build } from '../helper.ts'

/** Scope x route x effect: what a personal token of one scope reaches, and what the answers to its writes show. */

const { app, database } = await build(t)

/** A word in all that is stored of a person. */
const canary = 'canary'

/** Somebody who may have every scope, with something to hide in the profile. */
async function someone(): Promise<Subject> {
  const self = await somebody(app, database, 'instructor', {
    email: `${uuidv7()}@${canary}.example`,
    first_name: canary,
  })
  await self.patch('/profile', { first_name: canary, home_address: canary, description: canary })
  return self
}

/** Puts the word into a resource. */
const plants: Partial<Record<Thing, [path: string, change: object]>> = {
  mood: ['/mood', { mood: canary, note: canary, tags: [canary] }],
  task: ['/tasks', { title: canary, description: canary }],
  pose: ['/poses', { name: canary, benefits: canary }],
  sequence: ['/sequences', { title: canary, description: canary, tags: [canary] }],
  practice: ['/practices', { note: canary }],
}

async function prepared(row: Row, self: Subject): Promise<string> {
  const id = await prepare(app, row, self)
  const [path, change] = (row.of && plants[row.of]) || []
  if (path && change) {
    const planted = await self.patch(`${path}/${id}`, change)
    if (planted.statusCode !== 200) throw new Error(planted.body)
  }
  return id
}

const asked = matrix.filter(({ asks }) => !['nothing', 'cookie', 'metrics'].includes(asks))
const admits = ({ asks, or = [] }: Row, scope: Scope) =>
  asks === 'sign-in' || asks === scope || [or].flat().includes(scope)

/** The only fields of an answer to a token that writes and does not read; those of a streak are not looked into. */
const receiptFields = [
  'deleted',
  'id',
  'import',
  'missing',
  'mood',
  'revision',
  'role',
  'streak',
  'streak_before',
  'streak_details',
  'tasks',
  'username',
]

function fieldsIn(value: unknown, name = ''): string[] {
  if (!(value instanceof Object) || name === 'streak_details') return []
  if (Array.isArray(value)) return value.flatMap(item => fieldsIn(item))
  return Object.entries(value).flatMap(([key, inner]) => [key, ...fieldsIn(inner, key)])
}

/** Of a sync: nothing that is stored, but for the settings that days are judged by. */
const syncFields = 'results changes cursor has_more settings timezone day_starts_at mood_scale min max'.split(' ')

/** What more an answer may have, by its route. */
const moreFields: Record<string, string[]> = {
  'POST /sync': syncFields,
  // Of what was sent, and when it was sent.
  'POST /push/subscriptions': ['service', 'created_at'],
}

/** Nothing of an answer, headers included, shows what is stored. */
function isReceipt(test: Test, answer: LightMyRequestResponse, name: string) {
  test.notMatch(JSON.stringify(answer.headers) + answer.body, /canary|mine/, `${name}: nothing that is stored`)
  if (answer.statusCode >= 400 || answer.statusCode === 204) return
  const allowed = [...receiptFields, ...(moreFields[name] ?? [])]
  const known = fieldsIn(answer.json()).filter(field => !allowed.includes(field))
  test.strictSame(known, [], `${name}: the fields of a receipt`)
}

for (const scope of scopes) {
  t.test(`security 46: a token of ${scope} alone reaches what the scope names, and no other route`, async t => {
    const self = await someone()
    for (const row of asked) {
      const isIn = admits(row, scope)
      const id = isIn ? await prepared(row, self) : uuidv7()
      const headers = bearer(await self.scoped([scope]))
      const answer = await send(app, row, self, id, { headers })
      if (!isIn) {
        const needed =
          row.asks === 'sequences:moderate' || row.asks.startsWith('admin:') ? 'forbidden' : 'insufficient_scope'
        t.match(answer.json(), { code: needed }, row.route)
        continue
      }
      t.ok(answer.statusCode < 400, `${row.route}: ${answer.statusCode} ${answer.body}`)
      if (scope.endsWith(':write')) isReceipt(t, answer, row.route)
      if (row.asks !== 'sign-in') continue
      t.equal(answer.body.includes(canary), scope === 'profile:read', `${row.route}: names only with profile:read`)
    }
  })
}

t.test('security 46: a token that reads too gets the whole answer, and so does a session', async t => {
  const self = await someone()
  const headers = bearer(await self.scoped(['mood:write', 'mood:read']))
  const payload = { mood: 5, note: canary }
  for (const by of [headers, bearer(self.token)]) {
    const answer = await app.inject({ method: 'POST', url: '/mood', headers: by, payload })
    t.match(answer.json(), { mood: { note: canary, mood: 5 }, streak: 1 })
  }
})

t.test('security 46: a script that only writes moods gets id, revision and streak', async t => {
  const self = await someone()
  const headers = bearer(await self.scoped(['mood:write']))
  const answer = await app.inject({ method: 'POST', url: '/mood', headers, payload: { mood: 5, note: 'mine' } })
  t.equal(answer.statusCode, 201)
  const { mood, streak, streak_details, ...rest } = answer.json()
  t.strictSame(
    [Object.keys(mood), mood.revision, streak, streak_details.current, rest],
    [['id', 'revision'], 1, 1, 1, { streak_before: 0 }],
  )
  t.equal(answer.headers.etag, '"1-"')
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')

  const url = `/mood/${mood.id}`
  const sent = { ...headers, 'if-match': '"1-"' }
  const changed = await app.inject({ method: 'PATCH', url, headers: sent, payload: { mood: 6 } })
  t.match(changed.json(), { mood: { id: mood.id, revision: 2 } }, 'its ETag is one for If-Match')
  const stale = await app.inject({ method: 'PATCH', url, headers: sent, payload: { mood: 7 } })
  t.equal(stale.statusCode, 412)
  isReceipt(t, stale, '412')
})

const creations: [scope: Scope, url: string, body: object][] = [
  ['mood:write', '/mood', { mood: 5 }],
  ['tasks:write', '/tasks', { title: 'once' }],
  ['practices:write', '/sequences/:id/practices', {}],
  ['sequences:write', '/sequences', { title: 'once' }],
  ['sequences:write', '/poses', { name: 'once' }],
]
for (const [scope, pattern, body] of creations) {
  t.test(`security 46: a retry of POST ${pattern} by ${scope} shows nothing that came later`, async t => {
    const self = await someone()
    const url = pattern.replace(':id', await make(app, 'sequence', self))
    const thing =
      { '/mood': 'mood', '/tasks': 'task', '/sequences': 'sequence', '/poses': 'pose' }[pattern] ?? 'practice'
    const [path, change] = plants[thing as Thing] as [string, object]
    const headers = bearer(await self.scoped([scope]))
    const ways: [object, object][] = [[{ 'idempotency-key': uuidv7() }, {}]]
    if (!['sequence', 'pose'].includes(thing)) ways.push([{}, { id: uuidv7() }])
    for (const [header, id] of ways) {
      const request = { method: 'POST' as const, url, headers: { ...headers, ...header }, payload: { ...body, ...id } }
      const first = await app.inject(request)
      t.equal(first.statusCode, 201)
      isReceipt(t, first, 'created')
      const { id: made } = first.json().mood ?? first.json()
      t.equal((await self.patch(`${path}/${made}`, change)).statusCode, 200)
      const again = await app.inject(request)
      t.equal(again.statusCode, 'id' in id ? 200 : 201)
      t.match(again.json().mood ?? again.json(), { id: made, revision: 2 })
      isReceipt(t, again, 'again')
      const other = await app.inject({
        ...request,
        payload: {
          ...request.payload,
          [thing === 'mood' ? 'note' : thing === 'practice' ? 'note' : thing === 'pose' ? 'cautions' : 'description']:
            'other',
        },
      })
      t.equal(other.statusCode, 'id' in id ? 409 : 422)
      isReceipt(t, other, 'other content')
    }
  })
}

t.test('security 46: an edit that changes nothing, or is refused, shows nothing either', async t => {
  for (const row of matrix.filter(({ route }) => route.startsWith('PATCH'))) {
    const [path, change] = (row.of && plants[row.of]) || []
    if (!path || !change || row.asks === 'admin:write' || row.route.includes(':position')) continue
    const self = await someone()
    const id = await prepared(row, self)
    const headers = bearer(await self.scoped([row.asks as Scope]))
    const same = await app.inject({ ...requestOf(row, self, id), headers, payload: change })
    t.equal(same.statusCode, 200, row.route)
    isReceipt(t, same, row.route)
    const stale = await send(app, row, self, id, { headers: { ...headers, 'if-match': '"99-"' } })
    t.equal(stale.statusCode, 412, row.route)
    isReceipt(t, stale, row.route)
  }
})

t.test('security 46: a member deletes a copy by session, or by a token whose scopes name sequences', async t => {
  const self = await somebody(app, database)
  const ids = [await make(app, 'sequence', self), await make(app, 'sequence', self)]
  const [first, second] = ids.map(id => `/sequences/${id}`) as [string, string]
  const by = async (...wanted: Scope[]) => ({ headers: bearer(await self.scoped(wanted)) })
  const refused = await app.inject({ method: 'DELETE', url: first, ...(await by('practices:write', 'sequences:read')) })
  t.match(refused.json(), { code: 'insufficient_scope', detail: /needs the scope sequences:write, or/ })
  t.match(refused.headers['www-authenticate'], /scope="sequences:write"/)
  t.equal((await app.inject({ method: 'DELETE', url: first, ...(await by('sequences:write')) })).statusCode, 204)
  t.equal((await self.delete(second)).statusCode, 204)
})
