import { v7 as uuidv7 } from 'uuid'
import { openDatabase } from '../src/db/open.ts'
import { batchSize } from '../src/imports/limits.ts'
import { asProgram, kill, patientFetch, randomFrom, type Server, startKillable } from './killable-server.ts'

/**
 * Files of moods, tasks and practices in turn, each in the middle of which its server is killed. Whole batches are there, as
 * many as its import says; the same file to another server completes them, a third time it does nothing, and each import is
 * undone by itself.
 *
 * As a program: `node test/imports-under-kills.ts [--engine sqlite|postgres] [--times 60] [--seed N]`
 */
interface Trial {
  /** Two of them; others are started in the place of those that are killed. */
  servers: Server[]
  env: NodeJS.ProcessEnv
  token: string
  times: number
  seed: number
}

interface Outcome {
  kills: Record<string, number>
  /** Kills that found a part of the rows imported. */
  inTheMiddle: Record<string, number>
  answered: number
  differences: string[]
}

interface Import {
  id: string
  created: number
  duplicates: number
  refused_total: number
}

const rows = 15 * batchSize
const kinds = {
  mood: { header: 'date,mood,note', row: (note: string) => `2026-02-01,5,${note}`, list: '/mood' },
  tasks: { header: 'title,description', row: (note: string) => `Task,${note}`, list: '/tasks' },
  practices: { header: 'date,title,note', row: (note: string) => `2026-02-01,Practice,${note}`, list: '/practices' },
}

export async function importsUnderKills({ servers, env, token, times, seed }: Trial): Promise<Outcome> {
  const counts = () => Object.fromEntries(Object.keys(kinds).map(kind => [kind, 0]))
  const outcome: Outcome = { kills: counts(), inTheMiddle: counts(), answered: 0, differences: [] }
  const random = randomFrom(seed)
  const headers = { authorization: `Bearer ${token}` }
  const ask = async ({ url }: Server, method: string, path: string, body?: string) => {
    const answer = await patientFetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) })
    const json = (await answer.json()) as { import?: Import; total?: number }
    if (!answer.ok && answer.status !== 404) throw new Error(`${path}: ${answer.status} ${JSON.stringify(json)}`)
    return json
  }

  /** Time (ms) that an import takes. */
  let usual = 1_000
  for (let time = 1; time <= times; time++) {
    while (servers.length < 2) servers.push(await startKillable(env))
    const victim = servers.shift() as Server
    const other = servers[0] as Server
    const [kind, { header, row, list }] = Object.entries(kinds)[time % 3] as [string, (typeof kinds)['mood']]
    const path = `/${kind}/import`
    const when = `time ${time}, ${kind}`
    const file = [header, ...Array.from({ length: rows }, (_, i) => row(`${time} ${i}`)), ''].join('\n')
    const total = async () => (await ask(other, 'GET', `${list}?per_page=1`)).total as number
    const expect = (what: string, found: unknown, wanted: unknown) => {
      if (JSON.stringify(found) !== JSON.stringify(wanted))
        outcome.differences.push(`${when}, ${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
    }
    const id = uuidv7()
    const known = async () => (await ask(other, 'GET', `${path}s/${id}`)).import
    const before = await total()

    const began = Date.now()
    let isAnswered = false
    const asked = ask(victim, 'POST', `${path}?id=${id}`, file).then(
      () => {
        isAnswered = true
        usual = Date.now() - began
      },
      () => undefined,
    )
    // At any moment, or when some of it is there.
    const enough = random() * rows
    if (random() < 0.5) await Promise.race([asked, new Promise(resolve => setTimeout(resolve, random() * usual))])
    else while (!isAnswered && ((await known())?.created ?? 0) < enough);
    await kill(victim)
    outcome.kills[kind] = (outcome.kills[kind] as number) + 1
    await asked
    if (isAnswered) outcome.answered++

    const [first, made] = [await known(), (await total()) - before]
    if (made > 0 && made < rows) outcome.inTheMiddle[kind] = (outcome.inTheMiddle[kind] as number) + 1
    expect('what there is', made, first?.created ?? 0)
    expect('rows beyond whole batches', made % batchSize, 0)
    if (isAnswered) expect('answered', made, rows)
    await expireLeases(env)
    const send = async () => {
      const {
        id,
        created,
        duplicates,
        refused_total: refused,
      } = (await ask(other, 'POST', path, file)).import as Import
      return { id, result: [created, duplicates, refused] }
    }
    const second = await send()
    expect('completed', second.result, [rows - made, made, 0])
    expect('once more', (await send()).result, [0, rows, 0])
    expect('all', (await total()) - before, rows)
    if (first) await ask(other, 'DELETE', `${path}s/${id}`)
    expect('the first one undone', (await total()) - before, rows - made)
    await ask(other, 'DELETE', `${path}s/${second.id}`)
    expect('both undone', (await total()) - before, 0)
  }
  return outcome
}

/** As after a minute, in which nobody renewed them. */
async function expireLeases(env: NodeJS.ProcessEnv): Promise<void> {
  const { query, tables, close } = await openDatabase(env.DATABASE_URL as string)
  const { moodImports } = tables
  await query(db =>
    db
      .update(moodImports)
      .set({ leaseUntil: new Date(0) })
      .returning({ id: moodImports.id }),
  )
  await close()
}

if (import.meta.main) {
  await asProgram(['times', 60], (servers, times, seed) => importsUnderKills({ ...servers, times, seed }))
}
