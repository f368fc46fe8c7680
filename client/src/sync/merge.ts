import type { Draft } from './copy.ts'
import { type Fields, isOpen, type Question, type Queued, same } from './records.ts'

/** What happens to queued writes when the thing they were made for has changed elsewhere. */

/**
 * Puts the open writes of a thing on its new state. Of a write, the fields that nobody else touched are sent again; where
 * both sides changed a field to different values both are kept in a question, and the server's counts meanwhile.
 */
export function rebase(draft: Draft, kind: Queued['kind'], id: string): void {
  const base = draft.base(kind, id)
  if (!base) return
  const { revision } = base
  let state: Fields = base.value ?? {}
  const ops = draft.opsOf(id)
  for (const [i, op] of ops.entries()) {
    if (!isOpen(op) || op.op === 'create') continue
    if (op.op === 'restore' || base.deleted) {
      draft.setOp({ ...op, base: revision })
      continue
    }
    if (op.op === 'delete') {
      const edited = Object.keys(op.seen).filter(field => !same(state[field], op.seen[field]))
      if (edited.length === 0) {
        draft.setOp({ ...op, base: revision })
      } else if (ops.slice(i + 1).some(later => isOpen(later) && later.op === 'restore')) {
        // The person took it back.
        draft.removeOp(op)
      } else {
        draft.removeOp(op)
        ask(draft, op, 'deleted_here', edited, op.seen, state)
      }
      continue
    }
    const differing = Object.keys(op.value).filter(field => !same(state[field], op.value[field]))
    const fields = withTheirOwn(differing, op.value)
    const touched = withTheirOwn(
      differing.filter(field => !same(state[field], op.seen[field])),
      op.value,
    )
    const free = fields.filter(field => !touched.includes(field))
    if (touched.length > 0) ask(draft, op, 'edited', touched, op.value, state)
    if (free.length === 0) {
      draft.removeOp(op)
      continue
    }
    const value = pick(op.value, free)
    draft.setOp({ ...op, value, seen: pick(op.seen, free), base: revision })
    state = { ...state, ...value }
  }
}

/** Together they say when: an instant without the day it was written on would be dated anew by the server. */
const when: readonly string[] = ['date', 'occurred_at', 'timezone']

/** Names of fields, with those of `value` that go with them. */
export function withTheirOwn(names: readonly string[], value: Fields): readonly string[] {
  if (!names.some(name => when.includes(name))) return names
  return Object.keys(value).filter(name => names.includes(name) || when.includes(name))
}

/** Keeps both values of some fields, beside what was asked about the thing before. */
export function ask(
  draft: Draft,
  { kind, id }: Pick<Queued, 'kind' | 'id'>,
  reason: Question['reason'],
  names: readonly string[],
  mine: Fields,
  theirs: Fields,
): void {
  const earlier = draft.question(id)
  // Who edits what they had deleted keeps it.
  const before = earlier?.reason === 'deleted_here' && reason === 'edited' ? whenKept(earlier) : earlier
  const both = Object.fromEntries(names.map(name => [name, { mine: mine[name], theirs: theirs[name] }]))
  const edited = reason === 'deleted_here' && before?.reason === 'edited' && { edited: Object.keys(before.fields) }
  draft.setQuestion(id, { kind, id, reason, fields: { ...before?.fields, ...both }, ...edited })
}

/** What is left to ask when somebody keeps what they had deleted. */
export function whenKept({ kind, id, fields, edited = [] }: Question): Question | undefined {
  return edited.length === 0 ? undefined : { kind, id, reason: 'edited', fields: pick(fields, edited) }
}

/**
 * Keeps a question up with what others do while it waits: the other value is always the one that *mine* would replace. Fields
 * that have become the same on both sides are asked about no more; what was brought back elsewhere is asked as an edit.
 */
export function keepUp(draft: Draft, { kind, id, reason, fields }: Question): void {
  const base = draft.base(kind, id)
  if (reason === 'deleted_here' || !base?.value || base.deleted) return
  const now = draft.thing(kind, id)?.value as unknown as Fields
  const differing = Object.keys(fields).filter(name => !same(fields[name]?.mine, now[name]))
  const names = withTheirOwn(differing, fields)
  const asked = Object.fromEntries(names.map(name => [name, { mine: fields[name]?.mine, theirs: now[name] }]))
  const question = names.length === 0 ? undefined : { kind, id, reason: 'edited' as const, fields: asked }
  if (!same({ kind, id, reason, fields }, question)) draft.setQuestion(id, question)
}

/**
 * An edit is the person's answer to what was asked about the fields that it changes; of a thing that they had deleted it
 * says that they keep it.
 * @param names of the fields that the edit changes.
 */
export function answerByEdit(draft: Draft, id: string, names: readonly string[]): void {
  const asked = draft.question(id)
  const question = asked?.reason === 'deleted_here' ? whenKept(asked) : asked
  const answered = withTheirOwn(names, question?.fields ?? {})
  const left = Object.keys(question?.fields ?? {}).filter(name => !answered.includes(name))
  draft.setQuestion(id, question && left.length > 0 ? { ...question, fields: pick(question.fields, left) } : undefined)
}

export function pick<V>(fields: Readonly<Record<string, V>>, names: readonly string[]): Record<string, V> {
  return Object.fromEntries(names.map(name => [name, fields[name] as V]))
}
