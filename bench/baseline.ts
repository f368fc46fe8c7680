/**
 * The baseline that the server is compared with: `node:http`, one prepared statement per kind of request and
 * `JSON.stringify`. No accounts, no validation, no streaks, no 304, no headers but type and length; rows
 * are sent as SQLite returns them.
 */
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import Client from 'better-sqlite3'
import { v7 as uuidv7 } from 'uuid'
import { fileOf } from '../src/db/open.ts'

const client = new Client(fileOf(process.env.DATABASE_URL as string))
client.pragma('journal_mode = WAL')
client.pragma('synchronous = FULL')
client.pragma('foreign_keys = ON')

const entries = `
  select id, mood, valence, note, tags, date, occurred_at, timezone, created_at, updated_at
  from moods where user_id = ? order by date desc, sort_at desc, id desc`
const page = client.prepare(`${entries} limit 20`)
const all = client.prepare(entries)
const insert = client.prepare(`
  insert into moods (user_id, id, date, date_source, occurred_at, sort_at, timezone, mood, note, tags, revision, created_at, updated_at)
  values (@user, @id, @date, 'profile', @now, @now, 'Europe/Berlin', @mood, @note, @tags, 1, @now, @now)`)

const tasks = client.prepare(`
  select id, title, description, completed_at, due_on, created_at, updated_at
  from tasks where user_id = ? order by created_at desc, id desc limit 20 offset ?`)

const server = createServer(async (request, response) => {
  const user = request.headers['x-user'] as string
  let body: unknown = { status: 'ok' }
  if (request.method === 'POST') body = add(user, (await json(request)) as NewMood)
  else if (request.url?.startsWith('/mood?per_page=20')) body = { moods: page.all(user) }
  else if (request.url === '/mood') body = { moods: all.all(user) }
  else if (request.url?.startsWith('/tasks?')) body = { tasks: tasks.all(user, offsetOf(request.url)) }
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

function add(user: string, { mood, note, tags }: NewMood) {
  const now = Date.now()
  const id = uuidv7()
  const date = new Date(now).toISOString().slice(0, 10)
  insert.run({ user, id, date, now, mood: JSON.stringify(mood), note, tags: JSON.stringify(tags) })
  return { id, mood, note, tags, date, now }
}
