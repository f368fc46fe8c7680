import { problemBody } from '../problem.ts'
import type { Problem, SyncAnswer, SyncRequest } from '../wire.ts'
import type { Draft } from './copy.ts'
import { ask, keepUp, rebase } from './merge.ts'
import { type Fields, isOpen, type Kind, type Queued } from './records.ts'

/** One round trip of syncing: what is sent, and what an answer does to the copy. Pure. */

export type SyncOperation = NonNullable<SyncRequest['operations']>[number]
type SyncResult = SyncAnswer['results'][number]
type SyncChange = SyncAnswer['changes'][number]

/** Bodies go up to 4 MiB; what is around the operations takes a little. */
const maxBatchBytes = 3.5 * 1024 * 1024

/**
 * The writes to send next, in order. What builds upon a `create` or `restore` waits until the thing has arrived from the
 * server: nobody knows what others had made of it before they deleted it.
 * @param held by `seq`: they wait, with what was written to the same things after them.
 */
export function nextBatch(draft: Draft, maxOperations: number, held: ReadonlySet<number> = new Set()): Queued[] {
  const waiting = new Set<string>()
  const batch: Queued[] = []
  let bytes = 0
  for (const op of draft.ops()) {
    if (!isOpen(op)) continue
    if (held.has(op.seq)) waiting.add(op.id)
    if (waiting.has(op.id)) continue
    if (op.op === 'create' || op.op === 'restore' || op.base === undefined) waiting.add(op.id)
    if (op.op !== 'create' && op.base === undefined) continue
    bytes += JSON.stringify(op.value).length * 3 + 300
    if (batch.length === maxOperations || (batch.length > 0 && bytes > maxBatchBytes)) break
    batch.push(op)
  }
  return batch
}

const maxLoggedAgoMs = 14 * 86_400_000 - 60_000

/**
 * A write that is about to be sent for the first time: from now on it stays as it is, so that the server knows it again.
 * @param now by the clock of the device, epoch ms.
 * @param behindMs how far that is behind the server's.
 */
export function aboutToBeSent(op: Queued, now: number, behindMs: number): Queued {
  const sent = { ...op, sent: true }
  if (op.kind !== 'mood' || op.op !== 'create' || op.untold) return sent
  // Never after the server's now, which is known to the second.
  const loggedAt = Math.min(op.at + (op.behindMs || significant(behindMs)), now + behindMs)
  if (now + behindMs - loggedAt > maxLoggedAgoMs) return sent
  return { ...sent, value: { ...op.value, logged_at: new Date(loggedAt).toISOString() } }
}

export function operationOf(op: Queued): SyncOperation {
  const { kind, id, op_id, value } = op
  if (op.op === 'create') return { kind, op: op.op, id, value }
  const revised = op.op !== 'restore' && op.base !== undefined && { if_revision: op.base }
  return { kind, op: op.op, id, op_id, ...revised, ...(op.op === 'update' && { value }) }
}

/** When an answer was asked for and came, by the clock of the device, and what the server's said: all epoch ms. */
interface Dated {
  asked: number
  came: number
  told: number
}

/**
 * How far the clock of a device is behind the server's, ms, as near to what was known as an answer allows. The server answered
 * at some time between the question and the answer: one that lay in a phone that slept proves nothing about its clock.
 * @param known 0 before the first answer.
 */
export function behindBy({ asked, came, told }: Dated, known: number): number {
  return Math.max(told - came, Math.min(known, told - asked))
}

/** Clocks that are right to the minute are believed; a `Date` header knows no better. */
export function significant(behindMs: number): number {
  return Math.abs(behindMs) < 60_000 ? 0 : behindMs
}

/** Takes in an answer: results of the writes sent, and changes since the cursor sent. */
export function takeIn(draft: Draft, sent: readonly Queued[], cursor: string | null, answer: SyncAnswer): void {
  const stale = new Set<string>()
  for (const [i, op] of sent.entries()) {
    const result = answer.results[i]
    const still = draft.opsOf(op.id).find(({ seq }) => seq === op.seq)
    if (result && still && isOpen(still) && settle(draft, still, result)) stale.add(op.id)
  }
  const { meta } = draft
  for (const change of answer.changes) takeChange(draft, change, meta.pass)
  // Of two tabs that asked at once the one that is behind keeps the cursor where it is.
  const isNext = meta.cursor === cursor
  draft.meta = {
    ...meta,
    ...(isNext && { cursor: answer.cursor }),
    ...(answer.settings && { settings: answer.settings }),
  }
  if (isNext && !answer.has_more && meta.pass > 0) forgetUnheard(draft, meta.pass)

  for (const op of draft.ops()) {
    const base = draft.base(op.kind, op.id)
    if (op.done !== undefined && base && base.revision >= op.done) draft.removeOp(op)
    else if (isOpen(op) && op.op !== 'create' && base && (op.base === undefined || stale.has(op.id))) {
      stale.delete(op.id)
      rebase(draft, op.kind, op.id)
    }
  }
  for (const question of draft.questions()) keepUp(draft, question)
}

function takeChange(draft: Draft, { kind, id, revision, deleted, value }: SyncChange, pass: number): void {
  const before = draft.base(kind, id)
  if (before && before.revision > revision) draft.setBase(kind, id, { ...before, pass })
  else
    draft.setBase(kind, id, { revision, deleted, value: value ?? before?.value ?? shownBefore(draft, kind, id), pass })
}

/** What was written here and is deleted already: the trash shows it. */
function shownBefore(draft: Draft, kind: Kind, id: string): Fields | null {
  return (draft.thing(kind, id)?.value as Fields | undefined) ?? null
}

/** After everything was asked for anew: what did not come is no more. */
function forgetUnheard(draft: Draft, pass: number): void {
  for (const { kind, id, base } of draft.bases()) {
    if (base.pass === pass) continue
    const isNeeded = draft.opsOf(id).some(op => isOpen(op) || op.rejected) || draft.question(id) !== undefined
    draft.setBase(kind, id, isNeeded ? { ...base, deleted: true, pass } : undefined)
    for (const op of draft.opsOf(id)) if (op.done !== undefined) draft.removeOp(op)
  }
  for (const op of draft.ops()) if (op.done !== undefined && !draft.base(op.kind, op.id)) draft.removeOp(op)
}

const statuses: readonly string[] = [
  'applied',
  'unchanged',
  'conflict',
  'deleted',
  'rejected',
] satisfies SyncResult['status'][]

/** The writes of which an answer says nothing that this client understands: the server is newer, or wrong. */
export const notUnderstood = (sent: readonly Queued[], { results }: SyncAnswer): Queued[] =>
  sent.filter((_, i) => !results[i] || !statuses.includes(results[i].status))

/**
 * What a result does to a write; one that is not understood does nothing.
 * @returns whether the writes of its thing have to be put on a new state.
 */
function settle(draft: Draft, op: Queued, { status, revision, value, problem }: SyncResult): boolean {
  const { kind, id } = op
  const before = draft.base(kind, id)
  switch (status) {
    case 'applied':
    case 'unchanged':
      if (revision === undefined) draft.removeOp(op)
      else draft.setOp({ ...op, done: revision })
      return false
    case 'conflict':
      if (op.op === 'create' || revision === undefined) {
        reject(draft, op, problemBody('id_taken', ['The id is already taken.'], 409))
        return false
      }
      if (revision >= (before?.revision ?? 0)) {
        const now = { value: value ?? before?.value ?? null, deleted: value === null, pass: before?.pass ?? 0 }
        draft.setBase(kind, id, { revision, ...now })
      }
      return true
    case 'deleted':
      return gone(draft, op, revision)
    case 'rejected':
      if (op.value.logged_at !== undefined && problem?.errors.some(sentence => sentence.includes('logged_at'))) {
        // It came too late to be told when it was logged; that is no reason to lose it.
        const { logged_at: _, ...rest } = op.value
        draft.setOp({ ...op, value: rest, sent: false, untold: true })
        return false
      }
      // What the server no longer knows is deleted.
      if (op.op === 'delete' && problem?.code === 'not_found') draft.removeOp(op)
      else reject(draft, op, problem ?? problemBody('invalid_request', ['The server rejected it.']))
      return false
    default:
      return false
  }
}

/** What was deleted elsewhere: an edit of it asks, what made it is done. */
function gone(draft: Draft, op: Queued, revision: number | undefined): boolean {
  const { kind, id } = op
  if (op.op === 'restore') {
    reject(draft, op, problemBody('entry_deleted', ['It was deleted for good and cannot be restored.'], 410))
    return false
  }
  const before = draft.base(kind, id)
  const value = before?.value ?? shownBefore(draft, kind, id)
  draft.removeOp(op)
  draft.setBase(kind, id, {
    revision: revision ?? before?.revision ?? 0,
    deleted: true,
    value,
    pass: before?.pass ?? draft.meta.pass,
  })
  if (op.op === 'update') ask(draft, op, 'deleted', Object.keys(op.value), op.value, value ?? {}, op.seen)
  return true
}

/** Keeps a write with the reason why the server will not have it. What waits for a rejected `create` becomes part of it. */
export function reject(draft: Draft, op: Queued, problem: Problem): void {
  const { logged_at: _, ...value } = op.value
  const rejected = { ...op, value, sent: false, rejected: problem }
  draft.setOp(rejected)
  if (op.op !== 'create') return
  let whole: Queued = rejected
  for (const later of draft.opsOf(op.id)) {
    if (later.seq === op.seq || !isOpen(later)) continue
    draft.removeOp(later)
    if (later.op === 'update') {
      // A mended value may be accepted.
      const { rejected: _, ...again } = whole
      whole = { ...again, value: { ...whole.value, ...later.value }, shown: { ...whole.shown, ...later.shown } }
    } else {
      whole = { ...whole, withdrawn: later.op === 'delete' }
    }
  }
  draft.setOp(whole)
}
