import { type Environment, newId } from '../environment.ts'
import { ownProblem } from '../problem.ts'
import type { Draft } from './copy.ts'
import type { Written } from './entry.ts'
import { significant } from './exchange.ts'
import { answerByEdit, ask, pick, withTheirOwn } from './merge.ts'
import { type Fields, isOpen, type Queued, same, type Thing, type WritableKind } from './records.ts'

const editable: Record<WritableKind, readonly string[]> = {
  mood: ['mood', 'note', 'tags', 'date', 'occurred_at', 'timezone'],
  task: ['title', 'description', 'completed', 'due_on'],
  practice: ['date', 'note'],
}

/** Fields that the server computes, or takes from elsewhere. */
const computedBy: Record<WritableKind, readonly string[]> = {
  mood: ['valence'],
  task: ['completed_at'],
  practice: ['title', 'total_seconds'],
}

/** Fields that others are computed from (`Written.shown`). */
const computed = { mood: true, completed: true }

/**
 * How what a person does becomes a write in the queue, or joins one that has not been sent yet. All of it is done to a draft
 * of the copy. Failures are problems as the server would tell them (`not_found`).
 */
export function queueing(environment: Environment) {
  /** Now, as the server would tell it. */
  const now = (draft: Draft) => environment.now() + significant(draft.meta.behindMs ?? 0)

  /** What every write has. */
  function queued(draft: Draft, op: Pick<Queued, 'kind' | 'id' | 'op'> & Partial<Queued>): Omit<Queued, 'seq'> {
    const base = draft.base(op.kind, op.id)
    return {
      op_id: newId(environment, environment.now()),
      value: {},
      shown: {},
      seen: {},
      ...(base && { base: base.revision }),
      at: environment.now(),
      behindMs: significant(draft.meta.behindMs ?? 0),
      sent: false,
      ...op,
    }
  }

  /** The caller knows that the id is free. */
  function create(draft: Draft, kind: WritableKind, id: string, { value, shown }: Written): void {
    const at = new Date(now(draft)).toISOString()
    const made = { id, revision: 0, created_at: at, updated_at: at, ...shown }
    draft.enqueue(queued(draft, { kind, id, op: 'create', value, shown: made }))
  }

  /**
   * Queues the fields that differ from what there is; joins a write that has not been sent yet.
   * @param seen what the person saw when they began: of a field that has changed meanwhile both values are asked about.
   */
  function edit(draft: Draft, kind: WritableKind, id: string, written: Written, seen: Fields = {}): void {
    const current = draft.thing(kind, id)?.value as unknown as Fields
    const { value, shown } = withoutMet(draft, kind, id, written, seen)
    const differing = Object.keys(value).filter(name => !same(value[name], current[name]))
    const names = withTheirOwn(differing, value)
    if (names.length > 0) answerByEdit(draft, id, names)
    const last = draft.opsOf(id).at(-1)
    if (last?.op === 'create' && last.rejected) {
      const { rejected: _, ...again } = last
      draft.setOp({ ...again, value: { ...last.value, ...value }, shown: { ...last.shown, ...shown } })
    } else if (names.length === 0) {
      return
    } else if (last?.op === 'create' && !last.sent && (isOpen(last) || last.withdrawn)) {
      draft.setOp({ ...last, value: { ...last.value, ...value }, shown: { ...last.shown, ...shown } })
    } else if (last && isOpen(last) && !last.sent && last.op === 'update') {
      const all = { ...last.value, ...value }
      const seen = { ...pick(current, names), ...last.seen }
      const changed = Object.keys(all).filter(name => !same(all[name], seen[name]))
      const left = withTheirOwn(changed, all)
      if (left.length === 0) draft.removeOp(last)
      else draft.setOp({ ...last, value: pick(all, left), seen: pick(seen, left), shown: { ...last.shown, ...shown } })
    } else {
      const seen = pick(current, names)
      draft.enqueue(queued(draft, { kind, id, op: 'update', value: pick(value, names), seen, shown }))
    }
  }

  /**
   * Asks about the fields that were changed by others since they were seen.
   * @returns the others.
   */
  function withoutMet(draft: Draft, kind: WritableKind, id: string, { value, shown }: Written, seen: Fields): Written {
    const current = draft.thing(kind, id)?.value as unknown as Fields
    const isMet = (name: string) =>
      name in seen && !same(current[name], seen[name]) && !same(value[name], current[name])
    const met = withTheirOwn(Object.keys(value).filter(isMet), value)
    if (met.length === 0) return { value, shown }
    ask(draft, { kind, id }, 'edited', met, value, current, seen)
    const left = Object.keys(value).filter(name => !met.includes(name))
    return { value: pick(value, left), shown: met.some(name => name in computed) ? {} : shown }
  }

  function remove(draft: Draft, kind: WritableKind, id: string): void {
    const { value } = living(draft, kind, id)
    // Who deletes it again does not keep it.
    if (draft.question(id)?.reason === 'deleted_here') draft.setQuestion(id, undefined)
    const last = draft.opsOf(id).at(-1)
    if (last?.op === 'create' && !last.sent && last.done === undefined) draft.setOp({ ...last, withdrawn: true })
    else if (last?.op === 'restore' && isOpen(last) && !last.sent) draft.removeOp(last)
    // Without what was taken back it may be there all the same: it was restored elsewhere.
    if (draft.thing(kind, id)?.deleted === false)
      draft.enqueue(queued(draft, { kind, id, op: 'delete', seen: pick(value as unknown as Fields, editable[kind]) }))
  }

  function restore(draft: Draft, kind: WritableKind, id: string): void {
    const thing = draft.thing(kind, id)
    if (!thing) throw ownProblem('not_found', ['No such thing on this device.'])
    if (!thing.deleted) return
    const ops = draft.opsOf(id)
    const last = ops.at(-1)
    const withdrawn = ops.find(op => op.withdrawn)
    if (withdrawn) {
      const { expiresAt: _, ...op } = withdrawn
      draft.setOp({ ...op, withdrawn: false })
    } else if (last?.op === 'delete' && isOpen(last) && !last.sent) {
      draft.removeOp(last)
    }
    // It was deleted elsewhere too.
    if (draft.thing(kind, id)?.deleted) draft.enqueue(queued(draft, { kind, id, op: 'restore' }))
  }

  /**
   * Makes a new thing of one that was deleted for good elsewhere: what this device knew of it, with what was written here.
   * @param own the id of the new one.
   */
  function recreate(draft: Draft, { kind, id }: Pick<Queued, 'kind' | 'id'>, own: string): void {
    const thing = draft.thing(kind, id)
    if (!thing) throw ownProblem('not_found', ['No such thing on this device.'])
    const written = draft.opsOf(id).map(({ value }) => value)
    const asked = Object.entries(draft.question(id)?.fields ?? {})
    const whole: Fields = Object.assign(
      {},
      thing.value,
      ...written,
      ...asked.map(([name, { mine }]) => ({ [name]: mine })),
    )
    for (const op of draft.opsOf(id)) draft.removeOp(op)
    draft.setQuestion(id, undefined)
    const value = pick(whole, [...editable[kind], ...(kind === 'practice' ? ['sequence_id'] : [])])
    create(draft, kind, own, { value, shown: pick(whole, computedBy[kind]) })
    const more = asked.flatMap(([name, { mine, also = [] }]) => {
      const [first, ...others] = also
      const both = { mine: first, theirs: mine, ...(others.length > 0 && { also: others }) }
      return first === undefined ? [] : [[name, both] as const]
    })
    if (more.length > 0) draft.setQuestion(own, { kind, id: own, reason: 'edited', fields: Object.fromEntries(more) })
  }
  return { now, create, edit, remove, restore, recreate }
}

/** @returns whether there was anything to forget: what was deleted before the server heard of it. */
export function forget(draft: Draft, kind: WritableKind, id: string): boolean {
  const thing = draft.thing(kind, id)
  if (!thing?.local || !thing.deleted) return false
  for (const op of draft.opsOf(id)) draft.removeOp(op)
  draft.setQuestion(id, undefined)
  return true
}

/** Time (ms) for which what was deleted before the server heard of it can be brought back: as in the server's own trash. */
export const restorableMs = 30 * 86_400_000

/**
 * Forgets what has been in the trash of this device alone for as long as the server keeps its own. The time begins with the
 * server's first answer, as it does for what the server is told of: the clock of the device may be wrong until then.
 * @param now by the clock of the server, epoch ms.
 */
export function forgetExpired(draft: Draft, now: number): void {
  for (const op of draft.ops()) {
    if (!op.withdrawn) continue
    if (op.expiresAt === undefined) draft.setOp({ ...op, expiresAt: now + restorableMs })
    else if (op.expiresAt <= now) forget(draft, op.kind, op.id)
  }
}

/** @returns the thing, which is not in the trash. */
export function living<K extends WritableKind>(draft: Draft, kind: K, id: string): Thing<K> {
  const thing = draft.thing(kind, id)
  if (!thing || thing.deleted) throw ownProblem('not_found', ['No such thing on this device.'])
  return thing
}
