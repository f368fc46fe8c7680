/**
 * The bare limit on PostgreSQL: `node:http`, `pg` with a pool as large as the server's, one named prepared statement
 * per kind of request and `JSON.stringify`. No accounts, no validation, no streaks, no 304, no headers but type and
 * length; rows are sent as `pg` returns them, with instants as PostgreSQL's text: making a `Date` of each would slow the baseline down.
 */
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL as string, max: 10 })

pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, text => text)

const entries = `
  select id, mood, valence, note, tags, date, occurred_at, timezone, created_at, updated_at
  from moods where user_id = $1 order by date desc, sort_at desc, id desc`
const page = { name: 'page', text: `${entries} limit 20` }
const all = { name: 'all', text: entries }
const insert = {
  name: 'insert',
  text: `
    insert into moods (user_id, id, date, date_source, occurred_at, sort_at, timezone, mood, note, tags, revision, created_at, updated_at)
    values ($1, $2, $3, 'profile', $4, $4, 'Europe/Berlin', $5, $6, $7, 1, $4, $4)`,
}

const tasks = {
  name: 'tasks',
  text: `
    select id, title, description, completed_at, due_on, created_at, updated_at
    from tasks where user_id = $1 order by created_at desc, id desc limit 20 offset $2`,
}

const server = createServer(async (request, response) => {
  const user = request.headers['x-user'] as string
  let body: unknown = { status: 'ok' }
  if (request.method === 'POST') body = await add(user, (await json(request)) as NewMood)
  else if (request.url?.startsWith('/mood?per_page=20')) body = { moods: await rows(page, user) }
  else if (request.url === '/mood') body = { moods: await rows(all, user) }
  else if (request.url?.startsWith('/tasks?')) body = { tasks: await rows(tasks, user, offsetOf(request.url)) }
  const text = JSON.stringify(body)
  response.writeHead(request.method === 'POST' ? 201 : 200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
})
server.listen(Number(process.env.PORT), process.env.HOST)
process.on('SIGTERM', () => process.exit(0))

/** The offset of the page of 20 in a URL such as `/tasks?per_page=20&page=50`. */
function offsetOf(url: string): number {
  return (Number(/page=(\d+)$/.exec(url.replace('per_page=20', ''))?.[1] ?? 1) - 1) * 20
}

interface NewMood {
  mood: unknown
  note: string
  tags: string[]
}

async function rows(statement: { name: string; text: string }, ...values: unknown[]): Promise<unknown[]> {
  return (await pool.query({ ...statement, values })).rows
}

async function add(user: string, { mood, note, tags }: NewMood) {
  const now = new Date()
  const id = uuidv7()
  const date = now.toISOString().slice(0, 10)
  await pool.query({ ...insert, values: [user, id, date, now, JSON.stringify(mood), note, JSON.stringify(tags)] })
  return { id, mood, note, tags, date, now }
}
