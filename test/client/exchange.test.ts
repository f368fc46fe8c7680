import t from 'tap'
import { Draft, openCopy } from '../../client/src/sync/copy.ts'
import { runsOfDates, streakOf } from '../../client/src/sync/device-streak.ts'
import { nextBatch, takeIn } from '../../client/src/sync/exchange.ts'
import { rebase } from '../../client/src/sync/merge.ts'
import { firstMeta, type Queued } from '../../client/src/sync/records.ts'
import { memoryStorage } from '../../client/src/sync/storage.ts'
import type { SyncAnswer } from '../../client/src/wire.ts'

/** What a device does with answers that no server of ours gives, or hardly ever. */

const id = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'
const fields = { kind: 'task', id, op_id: 'x', value: {}, shown: {}, seen: {}, at: 0, behindMs: 0, sent: true } as const

function draftWith(...ops: Partial<Queued>[]) {
  const draft = new Draft({ thing: new Map(), op: new Map(), ask: new Map(), own: new Map() })
  for (const op of ops) draft.enqueue({ ...fields, op: 'update', base: 1, ...op })
  return draft
}

function answer(result: Partial<SyncAnswer['results'][number]>, more: Partial<SyncAnswer> = {}): SyncAnswer {
  return { results: [{ id, status: 'applied', ...result }], changes: [], cursor: 'c', has_more: false, ...more }
}

t.test('a result without a revision is believed at once', async t => {
  const draft = draftWith({})
  takeIn(draft, draft.ops(), null, answer({}))
  t.strictSame(draft.ops(), [])
})

t.test('fewer results than operations, or for one that is gone already, change nothing', async t => {
  const draft = draftWith({}, {})
  const sent = draft.ops()
  takeIn(draft, sent, null, { ...answer({}), results: [] })
  t.equal(draft.ops().length, 2)
  draft.removeOp(sent[0] as Queued)
  takeIn(draft, sent, null, answer({}))
  t.equal(draft.ops().length, 1)
})

t.test('an id of something else, and a conflict or a refusal without reasons, are shown', async t => {
  for (const [op, result, code] of [
    ['create', { status: 'conflict', revision: 3 }, 'id_taken'],
    ['update', { status: 'conflict' }, 'id_taken'],
    ['update', { status: 'rejected' }, 'invalid_request'],
  ] as const) {
    const draft = draftWith({ op })
    takeIn(draft, draft.ops(), null, answer(result))
    t.equal(draft.ops()[0]?.rejected?.code, code)
    t.strictSame(nextBatch(draft, 1), [])
  }
})

t.test('a conflict about what never arrived asks about all of it', async t => {
  const draft = draftWith({ value: { title: 'mine' }, seen: { title: 'old' } })
  takeIn(draft, draft.ops(), null, answer({ status: 'conflict', revision: 4, value: { title: 'theirs' } }))
  t.match(draft.question(id), { fields: { title: { mine: 'mine', theirs: 'theirs' } } })
  const without = draftWith({ value: { title: 'mine' }, seen: { title: 'old' } })
  takeIn(without, without.ops(), null, answer({ status: 'conflict', revision: 4 }))
  t.match(without.question(id), { fields: { title: { mine: 'mine' } } })
})

t.test('an older state than the one there is changes nothing', async t => {
  const draft = draftWith({ value: { title: 'mine' }, seen: { title: 'new' } })
  draft.setBase('task', id, { revision: 5, deleted: false, value: { title: 'new' }, pass: 0 })
  const old = { kind: 'task', id, revision: 4, deleted: true, value: null } as const
  takeIn(draft, draft.ops(), null, answer({ status: 'conflict', revision: 4, value: null }, { changes: [old] }))
  t.equal(draft.base('task', id)?.revision, 5)
  t.match(draft.ops(), [{ base: 5 }])
})

t.test('what is gone before anything of it arrived is known as gone', async t => {
  const draft = draftWith({ value: { title: 'mine' } })
  takeIn(draft, draft.ops(), null, answer({ status: 'deleted' }))
  t.match(draft.base('task', id), { revision: 0, deleted: true, value: null })
  t.match(draft.question(id), { reason: 'deleted' })
  const removed = draftWith({ op: 'delete' })
  takeIn(removed, removed.ops(), null, answer({ status: 'deleted', revision: 7 }))
  t.strictSame(removed.ops(), [])
})

t.test('after everything was asked for anew, what is acknowledged and did not come is no more', async t => {
  const other = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e12'
  const draft = draftWith({ op: 'create', done: 1 }, { id: other, done: 3 })
  draft.setBase('task', other, { revision: 2, deleted: false, value: {}, pass: 0 })
  draft.meta = { ...firstMeta, pass: 1, nextSeq: 3 }
  takeIn(draft, [], null, { ...answer({}), results: [] })
  t.strictSame(draft.ops(), [])
  t.strictSame(draft.bases(), [])
})

t.test('a tab that is behind keeps the cursor of the other', async t => {
  const draft = draftWith()
  draft.meta = { ...firstMeta, cursor: 'newer' }
  takeIn(draft, [], 'older', { ...answer({}), results: [] })
  t.equal(draft.meta.cursor, 'newer')
})

t.test('writes to what is deleted or unknown wait for the server to say so', async t => {
  const draft = draftWith({ value: { title: 'x' } }, { op: 'restore' })
  rebase(draft, 'task', id)
  t.match(draft.ops(), [{ base: 1 }, { base: 1 }])
  draft.setBase('task', id, { revision: 9, deleted: true, value: null, pass: 0 })
  rebase(draft, 'task', id)
  t.match(draft.ops(), [{ base: 9 }, { base: 9 }])
  const settings = firstMeta.settings
  t.equal(
    streakOf(runsOfDates(['2026-03-05'], settings), settings, 'Nowhere', Date.parse('2026-03-05T12:00:00Z')).streak,
    1,
  )
  t.equal(streakOf([], settings, undefined, 0).streak_details.expires_at, null)
})

t.test(
  'a deletion that was taken back asks nothing, and an edit after one that asks is what is asked about',
  async t => {
    const state = { title: 'theirs', description: 'theirs' }
    const theirs = { revision: 2, deleted: false, value: state, pass: 0 }
    const seen = { title: 'old', description: 'old' }
    const kept = draftWith({ op: 'delete', seen }, { op: 'restore' })
    kept.setBase('task', id, theirs)
    rebase(kept, 'task', id)
    t.strictSame(kept.questions(), [])
    t.match(kept.ops(), [{ op: 'restore' }])

    const asked = draftWith({ op: 'delete', seen })
    asked.setBase('task', id, theirs)
    rebase(asked, 'task', id)
    t.match(asked.questions(), [{ reason: 'deleted_here', fields: { title: {}, description: {} } }])
    asked.enqueue({ ...fields, op: 'update', value: { title: 'mine' }, seen: { title: 'old' }, base: 1 })
    rebase(asked, 'task', id)
    t.strictSame(asked.questions(), [
      { kind: 'task', id, reason: 'edited', fields: { title: { mine: 'mine', theirs: 'theirs' } } },
    ])
  },
)

t.test('a deletion after an edit that asks, asks too', async t => {
  const draft = draftWith(
    { value: { title: 'mine' }, seen: { title: 'old' } },
    { op: 'delete', seen: { title: 'mine' } },
  )
  draft.setBase('task', id, { revision: 2, deleted: false, value: { title: 'theirs' }, pass: 0 })
  rebase(draft, 'task', id)
  t.match(draft.question(id), { reason: 'deleted_here', fields: { title: { theirs: 'theirs' } } })
})

t.test('what builds upon a thing that is made, and has not arrived, waits', async t => {
  const draft = draftWith({ op: 'create', done: 1 })
  draft.enqueue({ ...fields, op: 'update', value: { title: 'later' }, seen: { title: 'made' } })
  draft.enqueue({ ...fields, op: 'delete' })
  t.strictSame(nextBatch(draft, 9), [])
  const arrived = { kind: 'task', id, revision: 1, deleted: false, value: { title: 'made' } } as const
  takeIn(draft, [], null, { ...answer({}), results: [], changes: [arrived] })
  t.match(nextBatch(draft, 9), [
    { op: 'update', base: 1 },
    { op: 'delete', base: 1 },
  ])
})

t.test('what was made here and is deleted before it arrived is in the trash; what nobody knew is not', async t => {
  const gone = { kind: 'task', id, revision: 2, deleted: true, value: null } as const
  const draft = draftWith({ op: 'create', done: 1, value: { title: 'mine' } })
  takeIn(draft, [], null, { ...answer({}), results: [], changes: [gone] })
  t.strictSame(draft.ops(), [])
  t.match(draft.thing('task', id), { deleted: true, pending: false, value: { title: 'mine' } })
  const unknown = draftWith()
  takeIn(unknown, [], null, { ...answer({}), results: [], changes: [gone] })
  t.match(unknown.base('task', id), { revision: 2, deleted: true, value: null })
  t.strictSame(unknown.things('task'), [])
})

t.test('after everything was asked for anew, what has an unsent write or a question is kept as deleted', async t => {
  const base = { revision: 4, deleted: false, value: { title: 'old' }, pass: 0 }
  const written = draftWith({ value: { title: 'mine' }, seen: { title: 'old' }, base: 4 })
  const asked = draftWith()
  asked.setQuestion(id, { kind: 'task', id, reason: 'edited', fields: { title: { mine: 'mine', theirs: 'old' } } })
  for (const draft of [written, asked]) {
    draft.setBase('task', id, base)
    draft.meta = { ...firstMeta, pass: 1, nextSeq: 3 }
    takeIn(draft, [], null, { ...answer({}), results: [] })
    t.strictSame(draft.base('task', id), { ...base, deleted: true, pass: 1 })
  }
  t.match(nextBatch(written, 9), [{ op: 'update', value: { title: 'mine' } }], 'the server has the last word')
})

t.test(
  'a conflict with what was deleted, or a deletion without a revision, keeps what was there for the trash',
  async t => {
    const base = { revision: 1, deleted: false, value: { title: 'old' }, pass: 0 }
    const conflicting = draftWith({ op: 'delete', seen: { title: 'old' } })
    conflicting.setBase('task', id, base)
    takeIn(conflicting, conflicting.ops(), null, answer({ status: 'conflict', revision: 3, value: null }))
    t.strictSame(conflicting.base('task', id), { ...base, revision: 3, deleted: true })
    t.match(conflicting.ops(), [{ base: 3 }])
    const gone = draftWith({ value: { title: 'mine' } })
    gone.setBase('task', id, base)
    takeIn(gone, gone.ops(), null, answer({ status: 'deleted' }))
    t.strictSame(gone.base('task', id), { ...base, deleted: true })
    t.match(gone.question(id), { reason: 'deleted', fields: { title: { mine: 'mine', theirs: 'old' } } })
  },
)

t.test('writes that are done or rejected stay as they are when the thing has changed', async t => {
  const rejected = { code: 'invalid_request', errors: ['No.'] } as unknown as NonNullable<Queued['rejected']>
  const draft = draftWith(
    { value: { title: 'done' }, done: 9 },
    { value: { title: 'refused' }, rejected },
    { value: { title: 'mine' }, seen: { title: 'old' } },
  )
  draft.setBase('task', id, { revision: 2, deleted: false, value: { title: 'old' }, pass: 0 })
  const [done, refused] = draft.ops()
  rebase(draft, 'task', id)
  t.match(draft.ops(), [done, refused, { base: 2, value: { title: 'mine' } }])
  t.equal(draft.question(id), undefined)
})

t.test('the deletion of what the server no longer knows is done', async t => {
  const problem = { code: 'not_found', errors: ['Not found.'] } as never
  const draft = draftWith({ op: 'delete' })
  takeIn(draft, draft.ops(), null, answer({ status: 'rejected', problem }))
  t.strictSame(draft.ops(), [])
  const edit = draftWith({})
  takeIn(edit, edit.ops(), null, answer({ status: 'rejected', problem }))
  t.match(edit.ops(), [{ rejected: { code: 'not_found' } }])
})

t.test('a write that is queued and taken back in one change is none', async t => {
  const copy = await openCopy(memoryStorage(), 'me', () => {})
  await copy.change(draft => {
    draft.enqueue({ ...fields, op: 'update' })
    draft.removeOp(draft.ops()[0] as Queued)
  })
  t.strictSame(copy.now.ops(), [])
  t.equal(copy.now.thing('task', id), undefined)
})

t.test('a question follows what others do while it waits', async t => {
  const asked = () => {
    const draft = draftWith({ value: { title: 'mine' }, seen: { title: 'old' } })
    draft.setBase('task', id, { revision: 1, deleted: false, value: { title: 'old' }, pass: 0 })
    const result = { status: 'conflict', revision: 2, value: { title: 'theirs' } } as const
    takeIn(draft, draft.ops(), null, answer(result))
    return draft
  }
  const change = (more: object) => ({ results: [], changes: [{ kind: 'task', id, deleted: false, ...more }] }) as never

  await t.test('the other value is the one that would be replaced', async t => {
    const draft = asked()
    takeIn(draft, [], 'c', answer({}, change({ revision: 3, value: { title: 'newer' } })))
    t.strictSame(draft.question(id)?.fields, { title: { mine: 'mine', theirs: 'newer' } })
  })
  await t.test('what is the same by now is not asked', async t => {
    const draft = asked()
    takeIn(draft, [], 'c', answer({}, change({ revision: 3, value: { title: 'mine' } })))
    t.equal(draft.question(id), undefined)
  })
  await t.test('what was deleted elsewhere and brought back there is asked as an edit', async t => {
    const draft = draftWith({ value: { title: 'mine' }, seen: { title: 'old' } })
    draft.setBase('task', id, { revision: 1, deleted: false, value: { title: 'old' }, pass: 0 })
    takeIn(draft, draft.ops(), null, answer({ status: 'deleted', revision: 2 }))
    t.match(draft.question(id), { reason: 'deleted' })
    takeIn(draft, [], 'c', answer({}, change({ revision: 4, value: { title: 'theirs' } })))
    t.match(draft.question(id), { reason: 'edited', fields: { title: { mine: 'mine', theirs: 'theirs' } } })
  })
})
