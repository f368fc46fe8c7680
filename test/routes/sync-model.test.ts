import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { build, type Person, signUp } from '../helper.ts'
import { randomFrom } from '../killable-server.ts'
import type { Answer, Change } from '../sync-device.ts'
import { type Fields, type Kind, kinds, type Operation, syncModel, type Thing } from '../sync-model.ts'

/** Random requests of two devices and of routes, compared with a model of the contract (`SEED` for others). */

const requests = 60
const pathOf = { mood: '/mood', task: '/tasks', practice: '/practices' }

/** The changes but for the sequence that is practised. */
const written = ({ changes }: Answer) => changes.filter(({ kind }) => kind !== 'sequence')

async function history(t: Test, maya: Person, sequence: string, seed: number) {
  const random = randomFrom(seed)
  const upTo = (max: number) => Math.floor(random() * max)
  const one = <T>(of: readonly T[]) => of[upTo(of.length)] as T
  const ids = Object.fromEntries(kinds.map(kind => [kind, Array.from({ length: 8 }, () => uuidv7())])) as Record<
    Kind,
    string[]
  >
  const model = syncModel()

  // Few values, so that some are equal.
  const created = (kind: Kind): Fields => {
    if (kind === 'mood') return { mood: upTo(2), date: '2026-03-04', note: 'made' }
    return kind === 'task'
      ? { title: one(['a', 'b']), completed: false }
      : { sequence_id: sequence, date: '2026-03-04', note: one(['a', 'b']) }
  }
  const changed = (kind: Kind): Fields =>
    kind === 'task' ? { title: one(['a', 'b']), completed: random() < 0.5 } : { note: one(['a', 'b', 'c']) }

  function operation(sent: readonly Operation[]): Operation {
    if (sent.length > 0 && random() < 0.15) return one(sent)
    const kind = one(kinds)
    const id = one(ids[kind])
    const op = one(['create', 'create', 'update', 'update', 'update', 'delete', 'restore'] as const)
    if (op === 'create') return { kind, op, id, value: created(kind) }
    const revision = model.things.get(model.keyOf({ kind, id }))?.revision ?? 1
    const seen = one([undefined, revision, Math.max(1, revision - 1), 1])
    return {
      kind,
      op,
      id,
      ...(random() < 0.97 && { op_id: uuidv7() }),
      ...(seen !== undefined && { if_revision: seen }),
      ...(op === 'update' && { value: changed(kind) }),
    }
  }

  /** Something by a route of its own. */
  async function single() {
    const thing = one([...model.things.values()])
    if (!thing) return
    const { kind, id, state } = thing
    const path = `${pathOf[kind]}/${id}`
    const dice = random()
    if (dice < 0.4 && state === 'living') {
      const value = changed(kind)
      const isSame = Object.entries(value).every(([name, field]) => thing.value[name] === field)
      t.equal((await maya.patch(path, value)).statusCode, 200)
      if (!isSame) model.single(thing, { value: { ...thing.value, ...value } })
    } else if (dice < 0.6 && state === 'living') {
      t.ok((await maya.delete(path)).statusCode < 300)
      model.single(thing, { state: 'deleted' })
    } else if (dice < 0.8 && state === 'deleted') {
      t.equal((await maya.post(`${path}/restore`, undefined)).statusCode, 200)
      model.single(thing, { state: 'living' })
    } else if (dice > 0.9 && state !== 'purged') {
      t.ok((await maya.delete(`${path}?permanently=true`)).statusCode < 300)
      model.single(thing, { state: 'purged' })
    }
  }

  function device() {
    const seen = new Map<string, number>()
    const sent: Operation[] = []
    let began = 0
    let cursor: string | null = null

    function take(changes: readonly Change[], owed: readonly Thing[], isAll: boolean) {
      const expected = new Map(owed.map(thing => [model.keyOf(thing), thing]))
      const stamps = new Map<string, number>()
      for (const { kind, id, revision, deleted, value } of changes) {
        const key = `${kind} ${id}`
        const thing = expected.get(key)
        const is = { revision, deleted, value }
        const shouldBe = thing && {
          revision: thing.revision,
          deleted: thing.state !== 'living',
          value: thing.state === 'living' ? { ...thing.value, id, revision } : null,
        }
        if (!shouldBe || !t.match(is, shouldBe, `seed ${seed}: ${key}`)) throw new Error(`${key} came, seed ${seed}`)
        if ((stamps.get(kind) ?? 0) > thing.changedBy) t.fail(`${key} came late, seed ${seed}`)
        stamps.set(kind, thing.changedBy)
        expected.delete(key)
        seen.set(key, revision)
      }
      // What was deleted before a kind was begun, which may be on a later page than the first, need not come.
      const missing = [...expected].filter(([key, { state }]) => state === 'living' || seen.has(key))
      if (isAll) t.strictSame(missing, [], `nothing is missing, seed ${seed}`)
    }

    return {
      async sync() {
        const count = one([0, 1, 5, 20, 130])
        const asked = Array.from({ length: count }, () => operation(sent))
        // A request without a cursor begins when it has been done: of what it deletes itself it need not know.
        const expected = model.push(asked)
        if (cursor === null) began = model.requests
        const limit = one([3, 500])
        const answer = (await maya.post('/sync', { cursor, operations: asked, limit })).json() as Answer
        const told = answer.results.map(({ status, revision = null, value, problem }) => ({
          status,
          revision,
          isShown: value !== undefined,
          value: value ?? null,
          code: (problem as { code: string } | undefined)?.code ?? null,
        }))
        const awaited = expected.map(({ status, revision = null, value, code = null }) => ({
          status,
          revision,
          isShown: value !== undefined,
          value: value ?? null,
          code,
        }))
        t.match(told, awaited, `seed ${seed}, request ${model.requests}`)
        sent.push(...asked)
        // A lost answer: the device goes on with the cursor that it had.
        if (random() < 0.2) return
        const owed = model.changesFor(seen, began)
        take(written(answer), owed, !answer.has_more)
        cursor = answer.cursor
      },
      async pull() {
        const isNew = cursor === null
        if (isNew) began = model.requests
        const answer = (await maya.get(`/sync?limit=4${isNew ? '' : `&cursor=${cursor}`}`)).json() as Answer
        take(written(answer), model.changesFor(seen, began), !answer.has_more)
        cursor = answer.cursor
        return answer.has_more
      },
    }
  }

  const devices = [device(), device()]
  for (let n = 0; n < requests; n++) {
    const dice = random()
    if (dice < 0.3) await single()
    else if (dice < 0.5) await one(devices).pull()
    else await one(devices).sync()
  }
  for (const one of devices) while (await one.pull());
  for (const { kind, id, state, value, revision } of model.things.values()) {
    const answer = await maya.get(`${pathOf[kind]}/${id}`)
    t.equal(answer.statusCode, state === 'living' ? 200 : 404)
    if (state === 'living') t.match(answer.json().mood ?? answer.json(), { ...value, id, revision })
  }
}

const seeds = process.env.SEED ? [Number(process.env.SEED)] : [1, 2, 3]
for (const seed of seeds) {
  t.test(`what a model of the contract says, seed ${seed}`, async t => {
    const { app } = await build(t)
    const maya = await signUp(app, 'maya', { role: 'instructor' })
    const sequence = (await maya.post('/sequences', { title: 'mine' })).json().id
    await history(t, maya, sequence, seed)
  })
}
