import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { WritableDatabase } from '../../src/db/database.ts'
import { build, elsewhere, type Person, signUp, until } from '../helper.ts'
import type { Answer } from '../sync-device.ts'

/** Edits of one thing by several devices at once: whoever sends no `If-Match` is never told of the others. */

const size = 30

/** One of each, and an edit of it that the number makes different from others. */
async function things(maya: Person) {
  const { mood } = (await maya.post('/mood', { mood: 5 })).json()
  const task = (await maya.post('/tasks', { title: 'mine' })).json()
  const sequence = (await maya.post('/sequences', { title: 'mine' })).json()
  const practice = (await maya.post(`/sequences/${sequence.id}/practices`, {})).json()
  const pose = (await maya.post('/poses', { name: 'mine' })).json()
  const poses = (n: number) => ({ poses: [{ name: `pose ${n}`, seconds: 5 }] })
  return {
    mood: [`/mood/${mood.id}`, (n: number, by = maya) => by.patch(`/mood/${mood.id}`, { note: `${n}` })],
    task: [`/tasks/${task.id}`, (n: number, by = maya) => by.patch(`/tasks/${task.id}`, { description: `${n}` })],
    sequence: [
      `/sequences/${sequence.id}`,
      (n: number, by = maya) => by.put(`/sequences/${sequence.id}/poses`, poses(n)),
    ],
    practice: [
      `/practices/${practice.id}`,
      (n: number, by = maya) => by.patch(`/practices/${practice.id}`, { note: `${n}` }),
    ],
    pose: [`/poses/${pose.id}`, (n: number, by = maya) => by.patch(`/poses/${pose.id}`, { name: `${n}` })],
  } as const
}

const revisionOf = async (maya: Person, path: string) =>
  Number(/^"(\d+)/.exec(String((await maya.get(path)).headers.etag))?.[1])

t.test('edits of one thing at the same time all succeed, and each of them counts', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  for (const [kind, [path, edit]] of Object.entries(await things(maya))) {
    const before = await revisionOf(maya, path)
    const answers = await Promise.all(Array.from({ length: size }, (_, n) => edit(n)))
    t.ok(
      answers.every(({ statusCode }) => statusCode === 200),
      kind,
    )
    t.equal(new Set(answers.map(({ headers }) => headers.etag)).size, size, 'each made a revision of its own')
    t.equal(await revisionOf(maya, path), before + size)
  }
  t.strictSame(app.turnLoad, { things: 0, waiting: 0 })
})

/** An app whose writes another process precedes. */
async function preceded(t: Test) {
  const others: { before?: (() => Promise<unknown>) | undefined; times: number } = { times: 0 }
  const wrap = (database: WritableDatabase): WritableDatabase => ({
    ...database,
    async atomic(...batch: Parameters<WritableDatabase['atomic']>) {
      if (others.before && others.times-- > 0) await others.before()
      return database.atomic(...batch) as never
    },
  })
  const built = await build(t, { wrap })
  const maya = await signUp(built.app, 'maya', { role: 'instructor' })
  return { maya, others, other: await elsewhere(t, built, maya) }
}

t.test('an edit that another process precedes ten times succeeds at the eleventh attempt', async t => {
  const { maya, others, other } = await preceded(t)
  for (const [kind, [path, edit]] of Object.entries(await things(maya))) {
    const before = await revisionOf(maya, path)
    let number = 0
    others.times = 10
    others.before = () => edit(++number, other)
    t.equal((await edit(99)).statusCode, 200, kind)
    others.before = undefined
    t.equal(await revisionOf(maya, path), before + 11, 'after all of theirs')
  }
})

t.test('so do many tasks at once, earlier states, operations, and the names of an account', async t => {
  const { maya, others, other } = await preceded(t)
  const { mood, task } = await things(maya)
  const ids = [task[0].slice('/tasks/'.length)]
  const afterOthers = async (
    theirs: (n: number) => Promise<unknown>,
    ours: () => Promise<{ statusCode: number }>,
    times = 10,
  ) => {
    let number = 0
    others.times = times
    others.before = () => theirs(++number)
    t.match((await ours()).statusCode, /^20\d$/)
    others.before = undefined
    t.equal(number, times)
  }
  const theirTask = (n: number) => task[1](n, other)
  await afterOthers(theirTask, () => maya.post('/tasks/complete', { ids, completed: true }))
  t.match((await maya.get(task[0])).json(), { completed: true, description: '10' })
  const operation = { kind: 'task', op: 'update', id: ids[0], op_id: uuidv7(), value: { title: 'synced' } }
  await afterOthers(theirTask, () => maya.post('/sync', { operations: [operation] }))
  t.match((await maya.get(task[0])).json(), { title: 'synced', description: '10' })
  await afterOthers(theirTask, () => maya.post('/tasks/delete', { ids }))
  t.equal((await maya.get(task[0])).statusCode, 404)

  const theirMood = (n: number) => mood[1](n, other)
  await mood[1](0)
  await afterOthers(theirMood, () => maya.delete(`${mood[0]}/revisions`))
  t.match((await maya.get(`${mood[0]}/revisions`)).json(), { total: 0 })

  const theirName = (n: number) => other.put('/account/username', { username: `other${n}` })
  await afterOthers(theirName, () => maya.put('/account/username', { username: 'noor' }))
  t.match((await maya.get('/me')).json(), { username: 'noor' })
  const same = (by: Person) => by.put('/account/username', { username: 'same' })
  await afterOthers(
    () => same(other),
    () => same(maya),
    1,
  )
  t.match((await maya.get('/me')).json(), { username: 'same' })
  await afterOthers(theirName, () => maya.delete('/account'))
  t.equal((await maya.get('/me')).statusCode, 401)
})

t.test('so do deletions and restorations, and a creation of what another process creates', async t => {
  const { maya, others, other } = await preceded(t)
  const once = async (theirs: () => Promise<unknown>, ours: () => Promise<{ statusCode: number }>) => {
    others.times = 1
    others.before = theirs
    const { statusCode } = await ours()
    others.before = undefined
    t.ok(others.times < 1, 'they were first')
    return statusCode
  }
  const { mood, task, sequence, practice, pose } = await things(maya)
  for (const [path, edit] of [mood, task, practice, sequence, pose]) {
    const deletes = await once(
      () => edit(1, other),
      () => maya.delete(path),
    )
    t.match(deletes, /^20[04]$/, path)
    t.equal((await maya.get(path)).statusCode, 404)
  }
  for (const [path] of [mood, task, practice]) {
    const restores = (by: Person) => by.post(`${path}/restore`, {})
    t.equal(
      await once(
        () => restores(other),
        () => restores(maya),
      ),
      200,
      path,
    )
    await maya.delete(path)
    const forGood = (by: Person) => by.delete(`${path}?permanently=true`)
    t.equal(
      await once(
        () => forGood(other),
        () => forGood(maya),
      ),
      404,
      path,
    )
  }
  const operation = { kind: 'task', op: 'create', id: uuidv7(), value: { title: 'the same' } }
  const syncs = (by: Person) => by.post('/sync', { operations: [operation] })
  t.equal(
    await once(
      () => syncs(other),
      () => syncs(maya),
    ),
    200,
  )
  t.match((await maya.get('/tasks')).json(), { total: 1, tasks: [{ id: operation.id, title: 'the same' }] })

  // A database that fails is not somebody who was first.
  const failed = once(
    () => Promise.reject(new Error('broken')),
    () => maya.post('/sync', { operations: [{ ...operation, id: uuidv7() }] }),
  )
  t.equal(await failed, 500)
  t.match((await maya.get('/tasks')).json(), { total: 1 })
})

/** An app in which the first reading of each of some things waits until it is let go. */
async function held(t: Test) {
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const built = await build(t, {
    wrap: database => ({
      ...database,
      prepare(name, values, make, json) {
        const prepared = database.prepare(name, values, make, json)
        const execute: typeof prepared.execute = async params => {
          const gate = gates.get(String((params as { id?: string }).id))
          if (gate && /^(mood|task)_by_id$/.test(name)) await gate.promise
          return prepared.execute(params)
        }
        return { ...prepared, execute }
      },
    }),
  })
  return {
    ...built,
    maya: await signUp(built.app, 'maya', { role: 'instructor' }),
    hold: (path: string) => void gates.set(path.split('/')[2] as string, Promise.withResolvers<void>()),
    letGo: (path: string) => {
      gates.get(path.split('/')[2] as string)?.resolve()
      gates.delete(path.split('/')[2] as string)
    },
  }
}

t.test('an edit that takes long holds up edits of the same thing, and no others', async t => {
  const { app, maya, hold, letGo } = await held(t)
  const noor = await signUp(app, 'noor')
  const { mood, task, ...rest } = await things(maya)
  hold(task[0])
  const slow = task[1](1)
  await until(() => app.turnLoad.things === 1)
  const [id] = [task[0].slice('/tasks/'.length)]
  const done: string[] = []
  const then = (name: string) => () => void done.push(name)
  const behind = [
    task[1](2).then(then('edit')),
    maya.post('/tasks/complete', { ids: [id], completed: true }).then(then('many')),
    maya
      .post('/sync', { operations: [{ kind: 'task', op: 'update', id, op_id: uuidv7(), value: { title: 'x' } }] })
      .then(then('operation')),
  ]
  await until(() => app.turnLoad.waiting === 3)
  for (const [, edit] of [mood, ...Object.values(rest)]) t.equal((await edit(3)).statusCode, 200)
  // Somebody else's thing of the same id is another thing.
  t.equal((await noor.post('/tasks', { id, title: 'other' })).statusCode, 201)
  const { results } = (
    await noor.post('/sync', {
      operations: [{ kind: 'task', op: 'update', id, op_id: uuidv7(), value: { title: 'mine' } }],
    })
  ).json() as Answer
  t.match(results, [{ status: 'applied' }])
  t.strictSame(done, [])
  letGo(task[0])
  t.equal((await slow).statusCode, 200)
  await Promise.all(behind)
  t.strictSame(done, ['edit', 'many', 'operation'])
  t.match((await maya.get(task[0])).json(), { title: 'x', description: '2', completed: true, revision: 5 })
})

t.test('who hangs up while waiting for a turn has asked for nothing', async t => {
  const { app, maya, hold, letGo } = await held(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const { mood } = await things(maya)
  hold(mood[0])
  const first = mood[1](1)
  await until(() => app.turnLoad.things === 1)
  const leaving = request({
    port,
    method: 'PATCH',
    path: mood[0],
    headers: { authorization: `Bearer ${maya.token}`, 'content-type': 'application/json' },
  })
  leaving.on('error', () => {})
  leaving.end(JSON.stringify({ note: 'of nobody' }))
  await until(() => app.turnLoad.waiting === 1)
  const last = mood[1](2)
  await until(() => app.turnLoad.waiting === 2)
  leaving.destroy()
  await until(async () => (await connectionsOf(app.server)) === 0)
  letGo(mood[0])
  t.match(
    (await Promise.all([first, last])).map(({ statusCode }) => statusCode),
    [200, 200],
  )
  await until(() => app.turnLoad.things === 0)
  t.match((await maya.get(mood[0])).json().mood, { note: '2', revision: 3 })
  const { revisions } = (await maya.get(`${mood[0]}/revisions`)).json()
  t.notMatch(JSON.stringify(revisions), /of nobody/)
})

const connectionsOf = (server: import('node:net').Server) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

t.test('with If-Match one edit wins, and the others are told', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const { task } = await things(maya)
  const etag = String((await maya.get(task[0])).headers.etag)
  const answers = await Promise.all(
    Array.from({ length: size }, (_, n) => maya.patch(task[0], { description: `${n}` }, { 'if-match': etag })),
  )
  const statuses = answers.map(({ statusCode }) => statusCode)
  t.strictSame(statuses.toSorted(), [200, ...Array.from({ length: size - 1 }, () => 412)])
})
