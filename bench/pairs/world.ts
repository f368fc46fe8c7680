import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileOf } from '../../src/db/open.ts'
import { type Checkout, startCheckout } from '../checkout.ts'
import type { Connection } from '../crowd/multiply.ts'
import { serverEnv } from '../measure.ts'
import { password } from '../people.ts'
import { type RunningServer, temporaryFolder } from '../processes.ts'
import { connectSqlite } from '../sqlite.ts'
import { entries, fewEntries, sequences, tasks, type Who } from './scenarios.ts'

/** With passwords that cost little. */
export const pairEnv = { ...serverEnv, BCRYPT_COST: '4' }

/** Databases with the same content for several servers. */
export interface World {
  /** A copy of its own for each who asks. */
  copy(): Promise<string>
  /** A connection to a copy that no server has open. */
  connect(copy: string): Promise<Connection>
  /** Ends what was started for it. */
  close(): Promise<void>
}

/**
 * Fills a database through the API of a checkout, so that the rows are what that commit writes: the older one of two,
 * because a server does not open the database of a newer one.
 */
export async function makeWorld(checkout: Checkout, engine: string): Promise<World> {
  return engine === 'postgres' ? onPostgres(checkout) : onSqlite(checkout)
}

async function onSqlite(checkout: Checkout): Promise<World> {
  const folder = temporaryFolder()
  const original = join(folder, 'original.db')
  await fill(checkout, `file:${original}`)
  let copies = 0
  return {
    async copy() {
      const copy = join(folder, `copy-${++copies}.db`)
      copyFileSync(original, copy)
      return `file:${copy}`
    },
    connect: async url => connectSqlite(fileOf(url)),
    close: async () => {},
  }
}

async function onPostgres(checkout: Checkout): Promise<World> {
  const { startPostgres, runEach, connectPostgres } = await import('../postgres.ts')
  const server = await startPostgres()
  const run = (database: string, ...statements: string[]) => runEach(`${server.url}/${database}`, statements)
  await run('postgres', 'create database original')
  await fill(checkout, `${server.url}/original`)
  await run('original', 'vacuum analyze')
  let copies = 0
  return {
    async copy() {
      const name = `copy_${++copies}`
      await run('postgres', `create database ${name} template original`, 'checkpoint')
      return `${server.url}/${name}`
    },
    connect: connectPostgres,
    close: () => server.stop(),
  }
}

async function fill(checkout: Checkout, databaseUrl: string) {
  const server = await startCheckout(checkout, { ...pairEnv, DATABASE_URL: databaseUrl })
  try {
    const regular = await post(server, '/signup', { username: 'regular', password, timezone: 'Europe/Berlin' })
    const writer = await post(server, '/signup', { username: 'writer', password })
    const instructor = await post(server, '/signup', { username: 'instructor', password, role: 'instructor' })
    await many(entries, n => post(server, '/mood', entryOf(n), regular))
    await many(entries / 10, n => post(server, '/mood', entryOf(n), writer))
    const original = await post(server, '/signup', { username: 'original', password, timezone: 'Europe/Berlin' })
    await many(fewEntries, n => post(server, '/mood', entryOf(n), original))
    await many(tasks, n => post(server, '/tasks', { title: `Task ${n}`, completed: n % 2 === 0 }, regular))
    await many(sequences, n => post(server, '/sequences', sequenceOf(n), instructor))
  } finally {
    await server.stop()
  }
}

/**
 * Signs somebody in.
 * @returns the header that says who asks.
 */
export async function signIn(server: RunningServer, username: Who): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await post(server, '/login', { username, password })}` }
}

/**
 * @returns the token of the answer, where it signs somebody in.
 */
async function post({ url }: RunningServer, path: string, body: unknown, token?: string): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${text}`)
  return (JSON.parse(text) as { token?: string }).token ?? ''
}

/** Does something many times, sixteen at once. */
async function many(times: number, once: (n: number) => Promise<unknown>) {
  let next = 0
  const work = async () => {
    while (next < times) await once(next++)
  }
  await Promise.all(Array.from({ length: 16 }, work))
}

/** An entry of a day ago for each, with a gap every hundred days. */
function entryOf(n: number) {
  const date = new Date(Date.now() - (n + Math.floor(n / 97)) * 86_400_000).toISOString().slice(0, 10)
  const note = n % 4 === 3 ? null : 'Slept well, long walk before work. The train was on time for once.'
  return { mood: n % 5 === 4 ? 'calm' : (n * 7) % 11, note, tags: n % 3 === 0 ? ['sleep', 'walk'] : ['work'], date }
}

function sequenceOf(n: number) {
  const poses = ['cat', 'cow', 'downward-dog', 'low-lunge', 'warrior-2', 'triangle', 'tree', 'corpse']
  return { title: `Sequence ${n}`, tags: ['short'], poses: poses.map(pose_id => ({ pose_id, seconds: 30 })) }
}
