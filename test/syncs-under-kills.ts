import { v7 as uuidv7 } from 'uuid'
import { asProgram, kill, patientFetch, randomFrom, type Server, startKillable } from './killable-server.ts'
import type { Answer, Change } from './sync-device.ts'

/**
 * 500 operations in one request, in the middle of which the server is killed. Of each thing all operations have happened or
 * none; the same request to another server completes them, and a third time it does nothing.
 *
 * As a program: `node test/syncs-under-kills.ts [--engine sqlite|postgres] [--times 50] [--seed N]`
 */
export interface Trial {
  /** Two of them; others are started in the place of those that are killed. */
  servers: Server[]
  env: NodeJS.ProcessEnv
  token: string
  times: number
  seed: number
}

export interface Outcome {
  kills: number
  /** Kills before the answer that found a part of the operations done. */
  inTheMiddle: number
  answered: number
  differences: string[]
}

const kinds = ['mood', 'task', 'practice'] as const
type Kind = (typeof kinds)[number]
interface Thing {
  kind: Kind
  id: string
  /** Its operations in the request. */
  ops: readonly string[]
  /** Its revision before the request, which is 0 when it is new, and after. */
  before: number
  after: number
  deleted: boolean
  note: string
}

export async function syncsUnderKills({ servers, env, token, times, seed }: Trial): Promise<Outcome> {
  const outcome: Outcome = { kills: 0, inTheMiddle: 0, answered: 0, differences: [] }
  const random = randomFrom(seed)
  const upTo = (max: number) => Math.floor(random() * max)
  const post = async ({ url }: Server, path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await patientFetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
    return answer.json()
  }
  const sync = (server: Server, body: object) => post(server, '/sync', body) as Promise<Answer>
  const sequence = ((await post(servers[0] as Server, '/sequences', { title: 'practised' })) as { id: string }).id

  const fieldsOf = (kind: Kind, note: string) => {
    if (kind === 'mood') return { mood: upTo(11), date: `2026-02-1${upTo(10)}`, note, tags: ['killed'] }
    return kind === 'task' ? { title: 'a task', description: note } : { sequence_id: sequence, note }
  }
  const patch = (kind: Kind, note: string) => (kind === 'task' ? { description: note } : { note })

  /** Things, some of which there are already, and 500 operations on them. */
  async function prepare(time: number, server: Server) {
    const things: Thing[] = []
    const operations: object[] = []
    const made: object[] = []
    while (operations.length < 500) {
      const kind = kinds[upTo(3)] as Kind
      const id = uuidv7()
      const isNew = random() < 0.5
      const rest = ['update', 'delete', 'restore', 'update'].slice(0, upTo(4) + (isNew ? 0 : 1))
      const ops = [...(isNew ? ['create'] : []), ...rest].slice(0, 500 - operations.length)
      if (!isNew) made.push({ kind, op: 'create', id, value: fieldsOf(kind, 'before') })
      let note = isNew ? 'new' : 'before'
      for (const [i, op] of ops.entries()) {
        if (op === 'update') note = `${time} ${i}`
        const value = op === 'create' ? fieldsOf(kind, note) : op === 'update' ? patch(kind, note) : undefined
        operations.push({ kind, op, id, ...(op !== 'create' && { op_id: uuidv7() }), ...(value && { value }) })
      }
      const before = isNew ? 0 : 1
      things.push({ kind, id, ops, before, after: before + ops.length, deleted: ops.at(-1) === 'delete', note })
    }
    const { cursor } = await sync(server, { operations: made, kinds: [] })
    return { things, operations: interleaved(operations), cursor: await current(server, cursor) }
  }

  /** In the order of each thing, but those of many things mixed. */
  function interleaved(operations: readonly object[]): object[] {
    const queues = [...Map.groupBy(operations, one => (one as { id: string }).id).values()].map(queue => [...queue])
    const mixed: object[] = []
    while (queues.length > 0) {
      const i = upTo(queues.length)
      const queue = queues[i] as object[]
      mixed.push(queue.shift() as object)
      if (queue.length === 0) queues.splice(i, 1)
    }
    return mixed
  }

  /** Reads to the end, and what came. */
  async function read(server: Server, from: string): Promise<{ cursor: string; changes: Map<string, Change> }> {
    const changes = new Map<string, Change>()
    for (let cursor = from; ; ) {
      const answer = await sync(server, { cursor, limit: 2_000 })
      for (const change of answer.changes) changes.set(change.id, change)
      cursor = answer.cursor
      if (!answer.has_more) return { cursor, changes }
    }
  }
  const current = async (server: Server, cursor: string) => (await read(server, cursor)).cursor

  /** Compares what there is; says of how many things the operations were done. */
  function compare(when: string, things: readonly Thing[], changes: ReadonlyMap<string, Change>, isDone: boolean) {
    let done = 0
    for (const { kind, id, before, after, deleted, note } of things) {
      const change = changes.get(id)
      if (!change) {
        if (isDone) outcome.differences.push(`${when}: nothing was done to ${kind} ${id}`)
        continue
      }
      done++
      const has = change.value && (kind === 'task' ? change.value.description : change.value.note)
      if (change.revision !== after || change.deleted !== deleted || (!deleted && has !== note))
        outcome.differences.push(`${when}: ${kind} ${id} of ${before} to ${after}: ${JSON.stringify(change)}`)
    }
    return done
  }

  let usual = 100
  for (let time = 1; time <= times; time++) {
    while (servers.length < 2) servers.push(await startKillable(env))
    const victim = servers.shift() as Server
    const other = servers[0] as Server
    const { things, operations, cursor } = await prepare(time, other)
    const body = { cursor, operations, limit: 2_000 }
    const began = Date.now()
    let isAnswered = false
    const asked = sync(victim, body).then(
      answer => {
        isAnswered = true
        return answer
      },
      () => undefined,
    )
    // At any moment, or as soon as something of it is there.
    if (random() < 0.5) await Promise.race([asked, new Promise(resolve => setTimeout(resolve, random() * usual))])
    else while (!isAnswered && (await read(other, cursor)).changes.size === 0);
    await kill(victim)
    outcome.kills++
    if (await asked) {
      outcome.answered++
      usual = Date.now() - began
    }
    const when = `time ${time}`
    const done = compare(`${when}, killed`, things, (await read(other, cursor)).changes, isAnswered)
    if (done > 0 && done < things.length) outcome.inTheMiddle++

    const replay = await sync(other, body)
    /** A creation of what its own request deleted again is `deleted`, too. */
    const gone = new Set(things.filter(({ deleted }) => deleted).map(({ id }) => id))
    const isFine = ({ id, status }: Record<string, unknown>, i: number, ...statuses: string[]) =>
      statuses.includes(status as string) ||
      (status === 'deleted' && gone.has(id as string) && (operations[i] as { op: string }).op === 'create')
    for (const [i, result] of replay.results.entries()) {
      if (!isFine(result, i, 'applied', 'unchanged'))
        outcome.differences.push(`${when}, replayed: ${JSON.stringify(result)}`)
    }
    const whole = await read(other, cursor)
    compare(`${when}, replayed`, things, whole.changes, true)
    const third = await sync(other, { ...body, cursor: whole.cursor })
    if (!third.results.every((result, i) => isFine(result, i, 'unchanged')) || third.changes.length > 0)
      outcome.differences.push(`${when}: the third time something was done`)
  }
  return outcome
}

if (import.meta.main) {
  await asProgram(['times', 50], (servers, times, seed) => syncsUnderKills({ ...servers, times, seed }))
}
