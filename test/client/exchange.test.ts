import t from 'tap'
import { Draft } from '../../client/src/sync/copy.ts'
import { streakOf } from '../../client/src/sync/device-streak.ts'
import { nextBatch, takeIn } from '../../client/src/sync/exchange.ts'
import { rebase } from '../../client/src/sync/merge.ts'
import { firstMeta, type Queued } from '../../client/src/sync/records.ts'
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
  t.equal(streakOf(['2026-03-05'], settings, 'Nowhere', Date.parse('2026-03-05T12:00:00Z')).streak, 1)
  t.equal(streakOf([], settings, undefined, 0).streak_details.expires_at, null)
})

t.test('a deletion after an edit that asks, asks too', async t => {
  const draft = draftWith(
    { value: { title: 'mine' }, seen: { title: 'old' } },
    { op: 'delete', seen: { title: 'mine' } },
  )
  draft.setBase('task', id, { revision: 2, deleted: false, value: { title: 'theirs' }, pass: 0 })
  rebase(draft, 'task', id)
  t.match(draft.question(id), { reason: 'deleted_here', fields: { title: { theirs: 'theirs' } } })
})
