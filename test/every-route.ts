import { subscribe } from 'node:diagnostics_channel'
import { getTableColumns, getTableName, is, sql } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse, RouteOptions } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import type { BoundWrite, WritableDatabase } from '../src/db/database.ts'
import { demoSequences } from '../src/demo/sequences.ts'
import { newId, type SequenceId } from '../src/ids.ts'
import { type Role, type Scope, scopes } from '../src/vocabulary.ts'
import { inCatalogue } from '../src/yoga/catalogue.ts'
import { poseStore } from '../src/yoga/pose-store.ts'
import type { Pose } from '../src/yoga/poses.ts'
import { practiceStore } from '../src/yoga/practice-store.ts'
import { sequenceStore } from '../src/yoga/sequence-store.ts'
import type { SequenceFields } from '../src/yoga/sequences.ts'
import type { Row, Thing } from './access-matrix.ts'
import { type App, grant, type Person, signUp } from './helper.ts'
import { testPicture } from './pictures.ts'

/**
 * Shared by tests about every route: users, their resources, and a valid request for each line of the access matrix.
 */

export interface Subject extends Person {
  username: string
  /** A personal access token with some scopes, created on first use. */
  scoped(scopes: readonly Scope[]): Promise<string>
}

export type Headers = Record<string, string>

/** The headers of a browser on our own page. */
export const ownPage: Headers = { 'sec-fetch-site': 'same-origin' }
export const elsewhere: Headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }

export const picture = await testPicture().png().toBuffer()

/** A device that can be pushed to, as its browser describes it: the example of RFC 8291. */
export const device = {
  endpoint: 'https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV',
  keys: {
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  },
}

let names = 0
/** A username that is unused in this process. */
export const unusedName = () => `somebody-${++names}`

/** A new user. */
export async function somebody(
  app: App,
  _database: WritableDatabase,
  role: Role = 'member',
  more = {},
): Promise<Subject> {
  const username = unusedName()
  const person = await signUp(app, username, more)
  if (role !== 'member') await grant(app, person.id, role)
  const made = new Map<string, Promise<string>>()
  const scoped = (wanted: readonly Scope[]) => {
    const key = wanted.join()
    const token = made.get(key) ?? makeToken(person, wanted).then(({ token }) => token)
    made.set(key, token)
    return token
  }
  return { ...person, username, scoped }
}

async function makeToken(person: Person, wanted: readonly Scope[], more = {}): Promise<{ id: string; token: string }> {
  return ok(await person.post('/tokens', { name: 'script', scopes: wanted, ...more })).json()
}

function ok(answer: LightMyRequestResponse): LightMyRequestResponse {
  if (answer.statusCode >= 300) throw new Error(`the preparation failed: ${answer.body}`)
  return answer
}

/**
 * Creates a resource for a user.
 * @returns its id.
 */
export async function make(app: App, thing: Thing, person: Subject): Promise<string> {
  const makers: Record<Thing, () => Promise<string>> = {
    mood: async () => ok(await person.post('/mood', { mood: 5, note: 'mine', tags: ['walk'] })).json().mood.id,
    import: async () =>
      ok(await person.post('/mood/import', 'date,mood\n2026-03-01,5\n', { 'content-type': 'text/csv' })).json().import
        .id,
    'import of tasks': async () =>
      ok(await person.post('/tasks/import', 'title\nmine\n', { 'content-type': 'text/csv' })).json().import.id,
    'import of practices': async () =>
      ok(await person.post('/practices/import', 'date,title\n2026-03-01,mine\n', { 'content-type': 'text/csv' })).json()
        .import.id,
    task: async () => ok(await person.post('/tasks', { title: 'mine' })).json().id,
    // Through the stores, because members can have copies of sequences but not create any.
    pose: () => put(poseStore(app.database).create(person.id, poseFacts, app.now())),
    sequence: () => put(sequenceStore(app.database).create(person.id, sequenceFields, app.now())),
    'published sequence': () =>
      put(sequenceStore(app.database).create(person.id, { ...sequenceFields, visibility: 'published' }, app.now())),
    practice: () => put(practiceStore(app.database).create(person.id, practiceFields, app.now())),
    // Another user's: an admin who disables or deletes themself can send no further request.
    account: async () => (await signUp(app, unusedName())).id,
    token: async () => (await makeToken(person, scopes)).id,
    device: async () => ok(await person.post('/push/subscriptions', device)).json().id,
    session: async () => {
      const payload = { username: person.username, password: 'correct horse battery' }
      const { token } = ok(await app.inject({ method: 'POST', url: '/login', payload })).json()
      return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).sid
    },
  }
  return makers[thing]()

  async function put({ id, writes }: { id: string; writes: readonly BoundWrite<unknown>[] }): Promise<string> {
    await app.commitUnguarded(writes)
    return id
  }
}

const poseFacts = { ...(inCatalogue('tree') as Pose), name: 'Tree at the Wall' }
const sequenceFields: SequenceFields = { ...(demoSequences[0] as SequenceFields), visibility: 'private' }
const practiceFields = {
  date: '2026-03-05',
  sequenceId: newId<SequenceId>(),
  title: 'mine',
  totalSeconds: 60,
  note: null,
}

/**
 * Creates everything that the request of a row needs.
 * @returns the id that it names.
 */
export async function prepare(app: App, { of, after }: Row, person: Subject): Promise<string> {
  if (after === 'picture') ok(await person.put('/profile/avatar', picture, { 'content-type': 'image/png' }))
  return of ? make(app, of, person) : uuidv7()
}

/**
 * A request that succeeds with the right credentials.
 * @param id of the resource that it names.
 */
export function requestOf({ route, url, body }: Row, self: Subject, id: string) {
  const [method, pattern] = route.split(' ') as ['GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', string]
  const payload = typeof body === 'function' ? body({ id, self }) : body
  const headers: Headers = Buffer.isBuffer(payload) ? { 'content-type': 'image/png' } : {}
  return {
    method,
    url: url ?? pattern.replace(':id', id).replace(':position', '1'),
    headers,
    ...(payload && { payload }),
  } satisfies InjectOptions
}

/** Sends the request of a row with other headers, another body, ... */
export function send(app: App, row: Row, self: Subject, id: string, more: InjectOptions = {}) {
  const request = requestOf(row, self, id)
  return app.inject({ ...request, ...more, headers: { ...request.headers, ...more.headers } })
}

export const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

const readers = new WeakMap<object, () => Promise<{ text: string }[]>>()
/** One statement for all tables, prepared once: some tests read them hundreds of times. */
function readerOf({ tables, prepare }: WritableDatabase) {
  const known = readers.get(prepare)
  if (known) return known
  const rowsOf = Object.values(tables).map(table => {
    const name = getTableName(table)
    const values = is(table, PgTable)
      ? sql`t::text`
      : sql.join(
          Object.values(getTableColumns(table)).map(column => sql`quote(${sql.identifier(column.name)})`),
          sql` || `,
        )
    // What `GET /ready` writes to see whether it can says nothing.
    const rows = table === tables.jobs ? sql`where name <> 'readiness'` : sql``
    return sql`select ${sql.raw(`'${name} '`)} || ${values} as text from ${sql.identifier(name)} t ${rows}`
  })
  const all = sql.join(rowsOf, sql` union all `)
  const reader = prepare('dump', {}, db => db.select({ text: sql<string>`text` }).from(sql`(${all}) as rows`))
  const read = () => reader.execute({})
  readers.set(prepare, read)
  return read
}

/** Every row of every table, as text: equal when nothing has changed. */
export async function dump(database: WritableDatabase): Promise<string> {
  const rows = await readerOf(database)()
  return rows
    .map(({ text }) => text)
    .sort()
    .join('\n')
}

/**
 * Every route of every app that this process builds from now on, as `GET /mood/:id`: also those that are in no document.
 * HEAD is left out, and so is what answers OPTIONS for all addresses at once.
 */
export function watchRoutes(): ReadonlySet<string> {
  const seen = new Set<string>()
  const note = ({ method, url }: RouteOptions) => {
    for (const name of [method].flat()) if (name !== 'HEAD' && name !== 'OPTIONS') seen.add(`${name} ${url}`)
  }
  subscribe('fastify.initialization', message => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', note)
  })
  return seen
}
