import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { v7 as uuidv7 } from 'uuid'
import { asProgram, patientFetch, randomFrom } from './killable-server.ts'
import type { Answer, Change } from './sync-device.ts'

/**
 * Writers at two servers on one database, and readers that follow their cursors all the while: one from before the first
 * write, one that begins in the middle. Each must see every change in its latest state, none twice, and have in the end
 * what there is.
 *
 * As a program: `node test/sync-under-writers.ts [--engine sqlite|postgres] [--seconds 60] [--seed N]`
 */
export interface Trial {
  /** Two servers. */
  urls: readonly string[]
  /** An instructor, whose things are written. */
  token: string
  seed: number
  /** Whether to go on, by the operations so far. */
  goesOn(operations: number): boolean
}

export interface Outcome {
  operations: number
  /** Answers of the feed. */
  pages: number
  changes: number
  /** How often it was known that nothing of what had been acknowledged was missing. */
  caughtUp: number
  /** Statuses of writes that met somebody else's. */
  refused: Record<number, number>
  differences: string[]
}

const writers = 4
type Kind = 'mood' | 'task' | 'practice' | 'sequence'
const writable = ['mood', 'task', 'practice'] as const
const pathOf = { mood: '/mood', task: '/tasks', practice: '/practices', sequence: '/sequences' }
/** What somebody else's write may do to one. */
const excusable = [404, 410, 503]
type Fields = Record<string, unknown>

export async function underWriters({ urls, token, seed, goesOn }: Trial): Promise<Outcome> {
  const outcome: Outcome = { operations: 0, pages: 0, changes: 0, caughtUp: 0, refused: {}, differences: [] }
  const { differences } = outcome
  /** The last acknowledged revision of each thing. */
  const acknowledged = new Map<string, number>()
  /** Values by thing and revision, as their writers were answered. */
  const answered = new Map<string, Fields>()
  const sent = new Map<string, Fields | null>()

  async function call(url: string, method: string, path: string, body?: object) {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
    const answer = await patientFetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await answer.text()
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers.
    return { status: answer.status, json: (text === '' ? undefined : JSON.parse(text)) as any }
  }

  function acknowledge(kind: Kind, id: string, revision: number) {
    const key = `${kind} ${id}`
    acknowledged.set(key, Math.max(acknowledged.get(key) ?? 0, revision))
  }

  const sequence = await call(urls[0] as string, 'POST', '/sequences', { title: 'practised' })
  const practised = sequence.json.id as string
  const pool: { kind: Kind; id: string }[] = [{ kind: 'sequence', id: practised }]
  take('sequence', sequence.json)

  function take(kind: Kind, { streak: _, ...thing }: Fields) {
    acknowledge(kind, thing.id as string, thing.revision as number)
    answered.set(`${kind} ${thing.id} ${thing.revision}`, thing)
  }

  async function writer(n: number) {
    const url = urls[n % urls.length] as string
    const random = randomFrom(seed + n)
    const upTo = (max: number) => Math.floor(random() * max)
    const one = <T>(of: readonly T[]) => of[upTo(of.length)] as T
    const day = () => `2026-0${1 + upTo(9)}-1${upTo(10)}`
    const fieldsOf = (kind: Kind): Fields => {
      const text = `${n} ${random()}`
      if (kind === 'mood') return { mood: upTo(11), date: day(), note: text, tags: one([[], ['sun'], ['sun', 'rain']]) }
      if (kind === 'task') return { title: text, completed: random() < 0.5 }
      return kind === 'practice' ? { sequence_id: practised, note: text } : { title: text, tags: ['calm'] }
    }
    const changeOf = (kind: Kind): Fields => {
      const { sequence_id: _, ...rest } = fieldsOf(kind)
      return rest
    }

    async function single() {
      outcome.operations++
      const dice = random()
      const { kind, id } = one(pool)
      const known = acknowledged.get(`${kind} ${id}`) ?? 0
      const path = `${pathOf[kind]}/${id}`
      if (dice < 0.3) {
        const made = one([...writable, 'sequence'] as const)
        const { sequence_id: _, ...value } = fieldsOf(made)
        const to = made === 'practice' ? `/sequences/${practised}/practices` : pathOf[made]
        const answer = await call(url, 'POST', to, value)
        if (!allowed('POST', to, answer)) return
        const thing = answer.json.mood ?? answer.json
        take(made, thing)
        pool.push({ kind: made, id: thing.id })
      } else if (dice < 0.7) {
        const answer = await call(url, 'PATCH', path, changeOf(kind))
        if (allowed('PATCH', path, answer)) take(kind, answer.json.mood ?? answer.json)
      } else if (dice < 0.85 || kind === 'sequence') {
        if (id === practised) return
        const answer = await call(url, 'DELETE', path)
        if (allowed('DELETE', path, answer)) acknowledge(kind, id, known + 1)
      } else {
        const answer = await call(url, 'POST', `${path}/restore`)
        if (allowed('restore', path, answer)) take(kind, answer.json.mood ?? answer.json)
      }
    }

    async function several() {
      const asked = Array.from({ length: 1 + upTo(20) }, () => {
        const { kind, id } = one(pool)
        if (kind === 'sequence' || random() < 0.3) {
          const made = one(writable)
          return { kind: made, op: 'create', id: uuidv7(), value: fieldsOf(made) }
        }
        const op = one(['update', 'update', 'update', 'delete', 'restore'])
        return { kind, op, id, op_id: uuidv7(), ...(op === 'update' && { value: changeOf(kind) }) }
      })
      outcome.operations += asked.length
      const answer = await call(url, 'POST', '/sync', { operations: asked, kinds: [] })
      if (!allowed('POST', '/sync', answer)) return
      for (const [i, { kind, op, id }] of asked.entries()) {
        const { status, revision, problem } = answer.json.results[i]
        if (status === 'applied' || status === 'unchanged') acknowledge(kind, id, revision)
        if (op === 'create' && status === 'applied') pool.push({ kind, id })
        if (status === 'rejected') differences.push(`${op} of ${kind} ${id}: ${JSON.stringify(problem)}`)
      }
    }

    while (goesOn(outcome.operations)) await (pool.length < 8 || random() < 0.6 ? single() : several())

    function allowed(method: string, path: string, { status, json }: { status: number; json: unknown }): boolean {
      if (status < 300) return true
      outcome.refused[status] = (outcome.refused[status] ?? 0) + 1
      if (!excusable.includes(status)) differences.push(`${method} ${path}: ${status} ${JSON.stringify(json)}`)
      return false
    }
  }

  function reader(name: string, seed: number) {
    const random = randomFrom(seed)
    const seen = new Map<string, number>()
    const superseded = new Map<string, number>()
    const copy = new Map<string, Fields>()
    let cursor: string | undefined

    /** One page. */
    async function pull(limit: number, kinds = ''): Promise<boolean> {
      const url = urls[Math.floor(random() * urls.length)] as string
      const { status, json } = await call(
        url,
        'GET',
        `/sync?limit=${limit}${kinds}${cursor ? `&cursor=${cursor}` : ''}`,
      )
      if (status === 503) return true
      if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(json)}`)
      const answer = json as Answer
      outcome.pages++
      outcome.changes += answer.changes.length
      for (const { kind, id, revision, deleted, value } of answer.changes as Change[]) {
        const key = `${kind} ${id}`
        const before = seen.get(key) ?? 0
        if (revision <= before) differences.push(`${name}: ${key} came with ${revision} after ${before}`)
        seen.set(key, revision)
        if (revision <= (superseded.get(key) ?? 0)) differences.push(`${name}: ${key} ${revision} came too late`)
        if (deleted !== (value === null)) differences.push(`${name}: ${key} is deleted and has a value, or neither`)
        if (value) copy.set(key, value)
        else copy.delete(key)
        const earlier = sent.get(`${key} ${revision}`)
        if (earlier !== undefined && !isDeepStrictEqual(earlier, value))
          differences.push(`${key} ${revision} has two states`)
        sent.set(`${key} ${revision}`, value)
      }
      cursor = answer.cursor
      return answer.has_more
    }

    /** Reads all that there is: what was acknowledged before the last page has come, or comes in a later state only. */
    async function catchUp(limit: number) {
      for (let page = 0; ; page++) {
        const before = new Map(acknowledged)
        // Small pages alone would never catch up with four writers.
        if (await pull(page < 20 ? limit : 500)) continue
        outcome.caughtUp++
        // What has not come was changed or deleted while the page was read, or before this reader began.
        for (const [key, revision] of before) if ((seen.get(key) ?? 0) < revision) superseded.set(key, revision)
        return
      }
    }

    return {
      async follow() {
        while (goesOn(outcome.operations)) {
          if (random() < 0.2) await pull(3, `&kinds=${writable[Math.floor(random() * 3)]}`)
          else await catchUp([1, 3, 20, 500][Math.floor(random() * 4)] as number)
        }
      },
      /** Reads to the end, when nobody writes any more. */
      async settle() {
        await catchUp(500)
        return copy
      },
      name,
    }
  }

  const early = reader('early', seed + 100)
  const late = reader('late', seed + 200)
  const begunLate = async () => {
    while (pool.length < 40 && goesOn(outcome.operations)) await sleep(5)
    await late.follow()
  }
  await Promise.all([...Array.from({ length: writers }, (_, n) => writer(n)), early.follow(), begunLate()])
  for (const { name, settle } of [early, late]) {
    const copy = await settle()
    let living = 0
    for (const { kind, id } of pool) {
      const { status, json } = await call(urls[0] as string, 'GET', `${pathOf[kind]}/${id}`)
      const { streak: _, ...thing } = status === 200 ? (json.mood ?? json) : {}
      const has = copy.get(`${kind} ${id}`)
      if (status === 200) living++
      if (status === 200 ? !isDeepStrictEqual(has, thing) : has)
        differences.push(`${name} has of ${kind} ${id}: ${JSON.stringify(has)}, not ${status} ${JSON.stringify(thing)}`)
    }
    if (copy.size !== living) differences.push(`${name} has ${copy.size} things of ${living}`)
  }
  for (const [key, thing] of answered) {
    const came = sent.get(key)
    if (came && !isDeepStrictEqual(came, thing)) differences.push(`${key} came otherwise than it was answered`)
  }
  return outcome
}

if (import.meta.main) {
  await asProgram(['seconds', 60], ({ urls, token }, seconds, seed) => {
    const end = Date.now() + seconds * 1000
    return underWriters({ urls, token, seed, goesOn: () => Date.now() < end })
  })
}
