import { eq } from 'drizzle-orm'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { errors } from '../src/http/problem-details.ts'
import type { Role } from '../src/vocabulary.ts'
import { type Caller, callers, expected, matrix, type Row, scopesFor, withMetrics } from './access-matrix.ts'
import {
  bearer,
  dump,
  elsewhere,
  type Headers,
  ownPage,
  prepare,
  type Subject,
  send,
  somebody,
  watchRoutes,
} from './every-route.ts'
import { build } from './helper.ts'

const day = 86_400_000
const routes = watchRoutes()

/**
 * The credentials that a caller sends.
 * @param self their owner.
 */
async function credentialsOf(row: Row, caller: Caller, self: Subject, kept?: string): Promise<Headers> {
  switch (caller.by) {
    case 'nothing':
      return {}
    case 'cookie':
      return { cookie: self.cookie, ...(caller.page === 'elsewhere' ? elsewhere : ownPage) }
    case 'cookie beside a bad token':
      return { cookie: self.cookie, ...ownPage, ...bearer('null') }
    case 'access token':
      return bearer(self.token)
    case 'refresh token':
      return bearer(self.refreshToken)
    default:
      return bearer(kept ?? (await self.scoped(scopesFor(row, caller))))
  }
}

/** Users for all refused cells: the callers, and the owners of the resources. */
async function cast(t: Test) {
  const { app, clock, database } = await build(t, { env: withMetrics })
  const { users } = database.tables
  const now = clock.now
  clock.now -= 100 * day
  const expired = await somebody(app, database)
  const expires_at = new Date(clock.now + day).toISOString()
  const ended = (await expired.post('/tokens', { name: 'short', scopes: ['mood:read'], expires_at })).json().token
  clock.now = now

  const people: Record<string, Subject> = { 'expired member': expired, 'nobody member': await somebody(app, database) }
  for (const who of ['owner', 'another', 'disabled', 'deleted'])
    for (const role of ['member', 'instructor', 'admin'] as const)
      people[`${who} ${role}`] = await somebody(app, database, role)
  const of = ({ who, role }: { who: string; role: Role }) => people[`${who} ${role}`] as Subject
  const tokens: Record<string, string> = { expired: ended }
  for (const who of ['disabled', 'deleted']) tokens[who] = await of({ who, role: 'member' }).scoped(['mood:read'])
  for (const role of ['member', 'admin'] as const) {
    await database.query(db =>
      db
        .update(users)
        .set({ disabledAt: new Date(now) })
        .where(eq(users.id, of({ who: 'disabled', role }).id)),
    )
    await of({ who: 'deleted', role }).delete('/account')
  }
  return { app, database, of, tokens }
}

const refusing = await cast(t)
/** Users for allowed cells: each cell that writes has its own, so that none disturbs another. */
const allowing = await build(t, { env: withMetrics })
const stranger = await somebody(allowing.app, allowing.database)
const readers: Record<Role, Subject> = {
  member: await somebody(allowing.app, allowing.database),
  instructor: await somebody(allowing.app, allowing.database, 'instructor'),
  admin: await somebody(allowing.app, allowing.database, 'admin'),
}

t.test('security 23: every route of the API has a line in the matrix, and every line is a route', async t => {
  t.strictSame(matrix.map(({ route }) => route).toSorted(), [...routes].toSorted())
})

const isFirst = (row: Row) => matrix.find(({ asks }) => asks === row.asks) === row
const isAlive = ({ who }: Caller) => who === 'owner' || who === 'another'

/** What of a caller can matter to a route that asks for nothing: the kind of credential, and to one that writes whose it was. */
function kindOf({ route }: Row, caller: Caller): string {
  const whose = route.startsWith('GET') || isAlive(caller) ? isAlive(caller) : caller.who
  return [caller.by, caller.page, whose].join()
}

/**
 * The cells of a row, where nothing is asked for one of each kind. On the second engine, what is refused before a route's own
 * statements is tried on one route for each requirement, and the others only with those who get further: foreigners, and the
 * first who is allowed.
 */
function cellsOf(row: Row) {
  const all = Object.entries(callers).map(([name, caller]) => ({ name, caller, code: expected(row, caller) }))
  const kinds = [...Map.groupBy(all, ({ caller }) => kindOf(row, caller)).values()]
  const cells = row.asks === 'nothing' && !isFirst(row) ? kinds.flatMap(of => of.slice(0, 1)) : all
  if (!process.env.TEST_DATABASE_URL || isFirst(row)) return cells
  const allowed = cells.find(({ code }) => code === 'allowed')
  return cells.filter(cell => cell === allowed || cell.code === 'not_found' || isForeign(row, cell.caller))
}

/** Whether somebody else's resource may be named. */
function isForeign({ foreign }: Row, { who }: Caller): boolean {
  return foreign !== undefined && who === 'another'
}

// Refused cells come before allowed ones: a logout that wrongly succeeds would hide what follows.
for (const row of matrix) {
  const refused = cellsOf(row).filter(({ code }) => code !== 'allowed')
  if (refused.length > 0)
    t.test(`security 23: ${row.route}, which asks for ${row.asks}, refuses all others`, t => refuses(t, row, refused))
}
for (const row of matrix) {
  t.test(`security 23: ${row.route}, which asks for ${row.asks}, lets those in who have it`, async t => {
    const allowed = cellsOf(row).filter(({ code }) => code === 'allowed')
    for (const [i, { name, caller }] of allowed.entries()) await allows(t, row, name, caller, i === 0)
  })
}

/** The cells are refused with the code in the matrix, each code by HEAD too, and nothing changes. */
async function refuses(t: Test, row: Row, cells: { name: string; caller: Caller; code: string }[]) {
  const { app, database, of, tokens } = refusing
  const owner = of({ who: 'owner', role: 'member' })
  const id = await prepare(app, row, owner)
  const attempts = []
  for (const cell of cells) {
    const self = of(cell.caller)
    attempts.push({ ...cell, self, headers: await credentialsOf(row, cell.caller, self, tokens[cell.caller.who]) })
  }
  const before = await dump(database)
  const codes = new Set<string>()
  for (const { name, code, self, headers } of attempts) {
    const answer = await send(app, row, self, id, { headers })
    t.match(answer.json(), { code, status: errors[code as keyof typeof errors].status }, name)
    const isNew = codes.size < codes.add(code).size
    if (isNew) await headIsLike(t, row, answer, name, () => send(app, row, self, id, { headers, method: 'HEAD' }))
    if (code !== 'not_found') continue
    const never = uuidv7()
    const absent = await send(app, row, self, never, { headers })
    t.strictSame(seen(answer, id), seen(absent, never), `${name}: as if it had never been`)
  }
  t.equal(await dump(database), before, 'nothing has changed')
}

/** The cell reaches the handler: it succeeds, or fails with an error that only the handler throws. */
async function allows(t: Test, row: Row, name: string, caller: Caller, byHead: boolean) {
  const { app, database } = isAlive(caller) ? allowing : refusing
  const reads = row.route.startsWith('GET') && isAlive(caller)
  const self = reads ? readers[caller.role] : await somebody(app, database, caller.role)
  const foreign = isForeign(row, caller)
  const mine = await prepare(app, row, self)
  const id = foreign ? await prepare(app, row, stranger) : mine
  const whose = isAlive(caller) ? self : refusing.of(caller)
  const headers = await credentialsOf(row, caller, whose, isAlive(caller) ? undefined : refusing.tokens[caller.who])
  const answer = await send(app, row, self, id, { headers })
  if (row.answers) t.match(answer.json(), { code: row.answers, status: errors[row.answers].status }, name)
  else t.equal(answer.statusCode < 400 || answer.body, true, name)
  if (foreign && row.foreign === 'listed') t.match(answer.json(), { missing: [id] }, name)
  if (byHead) await headIsLike(t, row, answer, name, () => send(app, row, self, id, { headers, method: 'HEAD' }))
}

async function headIsLike(
  t: Test,
  { route, headless }: Row,
  answer: LightMyRequestResponse,
  name: string,
  head: () => Promise<LightMyRequestResponse>,
) {
  if (!route.startsWith('GET') || headless) return
  const { statusCode, body } = await head()
  t.strictSame([statusCode, body], [answer.statusCode, ''], `${name}, by HEAD`)
}

/** An answer without its time and without the requested id. */
function seen({ statusCode, headers: { date: _, ...headers }, body }: LightMyRequestResponse, id: string) {
  return { statusCode, headers, body: body.replaceAll(id, '<id>') }
}
