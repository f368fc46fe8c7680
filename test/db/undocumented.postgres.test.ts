import { avg, eq, is, Param, Placeholder, SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { doublePrecision, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import * as drizzleUtils from 'drizzle-orm/utils'
import pg from 'pg'
import t, { type Test } from 'tap'
import { startPostgres } from '../postgres-server.ts'

/**
 * PostgreSQL's statements (src/db/{pipeline,statement,open}.postgres.ts) rely on parts of `pg` and `drizzle-orm` that
 * neither documents, hence their exact versions in package.json. One test a part, on the packages alone: after an update
 * this file tells which part has changed.
 */

const url = await startPostgres(t)

interface Connection extends pg.Connection {
  parsedStatements: Record<string, string>
  submittedNamedStatements: Record<string, string>
  _send(message: Buffer): void
}

interface Sent {
  text: string
  /** Empty for an unnamed one. */
  name?: string
}

async function connect(t: Test) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return { client, connection: (client as unknown as { connection: Connection }).connection }
}

/** Sends statements with one `Sync`, and resolves with the calls that `pg` made until it was done. */
function submitted(client: pg.Client, statements: readonly Sent[]) {
  return new Promise<unknown[][]>(resolve => {
    const calls: unknown[][] = []
    let answered = 0
    client.query({
      get name() {
        return statements[answered]?.name ?? ''
      },
      get text() {
        return statements[answered]?.text as string
      },
      submit(connection: pg.Connection) {
        for (const { text, name = '' } of statements) send(connection as Connection, text, name)
        connection.sync()
      },
      handleRowDescription: ({ fields }: { fields: pg.FieldDef[] }) =>
        calls.push(['row description', ...fields.map(field => field.dataTypeID)]),
      handleDataRow: ({ fields }: { fields: (string | null)[] }) => calls.push(['row', ...fields]),
      handleCommandComplete() {
        answered++
        calls.push(['complete'])
      },
      handleError(error: Error & { code?: string }, connection: Connection) {
        calls.push(['error', error.code ?? error.message, connection])
        // Were a later call to come, it would be among the calls.
        setImmediate(resolve, calls)
      },
      handleReadyForQuery() {
        calls.push(['ready'])
        setImmediate(resolve, calls)
      },
    })
  })
}

function send(connection: Connection, text: string, name: string) {
  connection.parse({ name, text, types: [] }, true)
  if (name) connection.submittedNamedStatements[name] = text
  connection.bind({ statement: name, values: [] } as never, true)
  connection.describe({ type: 'P', name: '' }, true)
  connection.execute({} as never, true)
}

t.test(
  'pg: a client tells a query of ours everything the server answers, as text, and nothing after an error',
  async t => {
    const { client, connection } = await connect(t)
    t.strictSame(
      await submitted(client, [{ text: 'begin' }, { text: 'select 7, null, true from (values (1), (2)) as x' }]),
      [
        ['complete'],
        ['row description', 23, 25, 16],
        ['row', '7', null, 't'],
        ['row', '7', null, 't'],
        ['complete'],
        ['ready'],
      ],
    )
    const [complete, failed, ...more] = await submitted(
      client,
      ['rollback', 'select 1/0', 'begin'].map(text => ({ text })),
    )
    t.strictSame(complete, ['complete'])
    t.strictSame(failed?.slice(0, 2), ['error', '22012'])
    t.equal(failed?.[2], connection)
    t.strictSame(more, [])
    t.match(await client.query('select 1 as one'), { rows: [{ one: 1 }] }, 'and the connection goes on')
  },
)

t.test('pg: whole messages go through a connection’s `_send`, and nothing besides', async t => {
  const { connection } = await connect(t)
  const packet: Buffer[] = []
  const collecting = Object.create(connection, { _send: { value: (part: Buffer) => packet.push(part) } }) as Connection
  const { bytesWritten } = connection.stream as unknown as { bytesWritten: number }
  send(collecting, 'select 1', '')
  collecting.sync()
  const bytes = Buffer.concat(packet)
  const types: string[] = []
  for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1))
    types.push(String.fromCharCode(bytes[at] ?? 0))
  t.strictSame(types, ['P', 'B', 'D', 'E', 'S'])
  t.equal((connection.stream as unknown as { bytesWritten: number }).bytesWritten, bytesWritten)
})

t.test('pg: a connection keeps book of its prepared statements, by the name and text of the query it runs', async t => {
  const { client, connection } = await connect(t)
  await submitted(client, [
    { name: 'one', text: 'select 1' },
    { name: 'two', text: 'select 2' },
  ])
  t.match(connection.parsedStatements, { one: 'select 1', two: 'select 2' })
  t.strictSame(Object.keys(connection.submittedNamedStatements), [])
  await t.rejects(client.query({ name: 'one', text: 'select 3' }), /must be unique/, 'by which it goes itself')
  await submitted(client, [
    { name: 'bad', text: 'no SQL' },
    { name: 'skipped', text: 'select 4' },
  ])
  t.notOk('bad' in connection.parsedStatements || 'bad' in connection.submittedNamedStatements)
  t.notOk('skipped' in connection.parsedStatements)
  t.ok('skipped' in connection.submittedNamedStatements, 'what was skipped is ours to forget')
})

t.test('pg: `utils.prepareValue` encodes as a query does', t => {
  const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): unknown } }).utils
  const bytes = Buffer.from([0, 255])
  const expected: [value: unknown, encoded: unknown][] = [
    [null, null],
    [undefined, null],
    ['x', 'x'],
    [7, '7'],
    [true, 'true'],
    [bytes, bytes],
    [{ a: 1 }, '{"a":1}'],
    [['a"b', null], '{"a\\"b",NULL}'],
    [{ toPostgres: () => 'itself' }, 'itself'],
  ]
  for (const [value, encoded] of expected) t.strictSame(prepareValue(value), encoded)
  const moment = new Date('2026-02-03T04:05:06.789Z')
  t.strictSame(new Date(String(prepareValue(moment))), moment)
  t.end()
})

t.test('pg: without a code, a lost connection is told by its message', async t => {
  const { client, connection } = await connect(t)
  const running = client.query('select pg_sleep(60)')
  connection.stream.destroy()
  await t.rejects(running, { code: undefined, message: /^Connection terminated/ })
  await t.rejects(client.query('select 1'), { code: undefined, message: /^Client has encountered a connection error/ })
  const ended = new pg.Client({ connectionString: url })
  await ended.connect()
  const ending = ended.end()
  t.match(await submitted(ended, [{ text: 'select 1' }]), [['error', /^Client was closed/]])
  await ending
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  pool.on('error', () => {})
  t.teardown(() => pool.end())
  const only = await pool.connect()
  // Not before that one was made, which may take as long as it likes.
  pool.options.connectionTimeoutMillis = 50
  await t.rejects(pool.connect(), { code: undefined, message: /^timeout exceeded when trying/ })
  only.release()
})

const createdAt = timestamp('created_at', { withTimezone: true, precision: 3 })
const users = pgTable('users', { id: text('id').notNull(), createdAt })
const moods = pgTable('moods', {
  userId: text('user_id'),
  note: text('note'),
  valence: doublePrecision('valence'),
  createdAt,
})

/** A prepared query as it is at run time. */
interface PreparedQuery {
  fields?: { path: string[]; field: unknown }[]
  joinsNotNullableMap?: Record<string, boolean>
  queryConfig: { types: { getTypeParser(oid: number, format: 'text'): (text: string) => unknown } }
  getQuery(): { sql: string; params: unknown[] }
}

const db = drizzle.mock()
const prepared = (query: { prepare(name: string): unknown }) => query.prepare('test') as PreparedQuery

t.test('drizzle: a prepared query knows its fields, and the tables that an outer join leaves empty', t => {
  const joined = prepared(
    db
      .select({ id: users.id, mood: { note: moods.note }, n: sql`1`.as('n') })
      .from(users)
      .leftJoin(moods, eq(moods.userId, users.id)),
  )
  t.strictSame(
    joined.fields?.map(({ path }) => path),
    [['id'], ['mood', 'note'], ['n']],
  )
  const [id, note, n] = joined.fields?.map(({ field }) => field) ?? []
  t.equal(id, users.id)
  t.equal(note, moods.note)
  t.ok(is(n, SQL.Aliased) && is(n.sql, SQL))
  t.strictSame(joined.joinsNotNullableMap, { users: true, moods: false })
  t.equal(prepared(db.delete(users)).fields, undefined, 'a write without `returning` has none')
  t.ok(prepared(db.delete(users).returning({ id: users.id })).fields)
  t.end()
})

t.test('drizzle: a prepared query keeps its placeholders, alone or with the column that encodes them', t => {
  const { params } = prepared(
    db
      .update(users)
      .set({ createdAt: sql`${sql.param(sql.placeholder('at'), users.createdAt)}` })
      .where(eq(users.id, sql.placeholder('id'))),
  ).getQuery()
  t.equal(params.length, 2)
  const [at, id] = params
  t.ok(is(at, Param) && is(at.value, Placeholder) && at.value.name === 'at' && at.encoder === users.createdAt)
  const placeholder = is(id, Param) ? id.value : id
  t.ok(is(placeholder, Placeholder) && placeholder.name === 'id')
  t.end()
})

t.test('drizzle: its columns decode moments and days from text, all else as `pg` parses it', t => {
  const { types } = prepared(db.select().from(users)).queryConfig
  for (const oid of [pg.types.builtins.TIMESTAMPTZ, pg.types.builtins.DATE])
    t.equal(types.getTypeParser(oid, 'text')('x'), 'x')
  t.equal(types.getTypeParser(pg.types.builtins.INT4, 'text')('7'), 7)
  t.strictSame(types.getTypeParser(pg.types.builtins.JSONB, 'text')('{"a":[1]}'), { a: [1] })
  t.strictSame(
    users.createdAt.mapFromDriverValue('2026-02-03 04:05:06.789+00' as never),
    new Date('2026-02-03T04:05:06.789Z'),
  )
  t.end()
})

t.test('drizzle: an SQL expression has a decoder', t => {
  const decoderOf = (expression: SQL) => (expression as unknown as { decoder: unknown }).decoder
  t.equal(decoderOf(sql`1`.mapWith(users.createdAt)), users.createdAt)
  t.equal(typeof (decoderOf(avg(moods.valence)) as { mapFromDriverValue?: unknown }).mapFromDriverValue, 'function')
  t.end()
})

t.test('drizzle: `mapResultRow` makes null of the columns of a table that a join left empty', t => {
  const { mapResultRow } = drizzleUtils as unknown as {
    mapResultRow(fields: unknown, row: unknown[], joins: Record<string, boolean>): unknown
  }
  const fields = [
    { path: ['id'], field: users.id },
    { path: ['mood', 'at'], field: moods.createdAt },
    { path: ['mood', 'note'], field: moods.note },
  ]
  const joins = { users: true, moods: false }
  t.strictSame(mapResultRow(fields, ['a', null, null], joins), { id: 'a', mood: null })
  const at = '2026-02-03 04:05:06.789+00'
  t.strictSame(mapResultRow(fields, ['a', at, null], joins), {
    id: 'a',
    mood: { at: new Date(`${at}:00`), note: null },
  })
  t.end()
})
