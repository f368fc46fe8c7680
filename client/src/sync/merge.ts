import type { Draft } from './copy.ts'
import { type Asked, type Fields, isOpen, type Question, type Queued, same } from './records.ts'

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
        ask(draft, op, 'deleted_here', edited, op.seen, state, {})
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
    if (touched.length > 0) ask(draft, op, 'edited', touched, op.value, state, op.seen)
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

/**
 * Keeps both values of some fields, beside what was asked about the thing before.
 * @param seen what `mine` was written over, of which nobody has to be asked any more.
 */
export function ask(
  draft: Draft,
  { kind, id }: Pick<Queued, 'kind' | 'id'>,
  reason: Question['reason'],
  names: readonly string[],
  mine: Fields,
  theirs: Fields,
  seen: Fields,
): void {
  const earlier = draft.question(id)
  // Who edits what they had deleted keeps it.
  const before = earlier?.reason === 'deleted_here' && reason === 'edited' ? whenKept(earlier) : earlier
  const metOf = (name: string): Asked => {
    const asked = before?.fields[name]
    const both = { mine: mine[name], theirs: theirs[name] }
    if (!asked) return both
    // Who deleted it wrote nothing: what was asked about their edit stays.
    if (reason === 'deleted_here') return withAlso({ ...both, mine: asked.mine }, asked.also)
    if (!texts.includes(name)) return both
    const others = [asked.mine, ...(asked.also ?? [])].filter(text => text !== seen[name])
    return withAlso(both, others)
  }
  const both = Object.fromEntries(names.map(name => [name, metOf(name)]))
  const edited = reason === 'deleted_here' && before?.reason === 'edited' && { edited: Object.keys(before.fields) }
  draft.setQuestion(id, { kind, id, reason, fields: { ...before?.fields, ...both }, ...edited })
}

/** Of these each version is kept: they are typed, and nobody types them twice. */
const texts: readonly string[] = ['note', 'title', 'description']

/** The values of a field that met, with other texts that were written here, unless they stand there anyway. */
function withAlso({ mine, theirs }: Asked, others: readonly unknown[] = []): Asked {
  const also = [...new Set(others)].filter(
    (text): text is string => typeof text === 'string' && text !== mine && text !== theirs,
  )
  return { mine, theirs, ...(also.length > 0 && { also }) }
}

/** As it is asked now that the other value is another one; undefined where nothing is left to choose. */
function against(theirs: unknown, { mine, also = [] }: Asked): Asked | undefined {
  const [first, ...others] = same(mine, theirs) ? also.filter(text => text !== theirs) : [mine, ...also]
  return first === undefined ? undefined : withAlso({ mine: first, theirs }, others)
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
  const differing = Object.keys(fields).filter(name => against(now[name], fields[name] as Asked))
  const names = withTheirOwn(differing, fields)
  const asked = Object.fromEntries(
    names.map(name => [
      name,
      against(now[name], fields[name] as Asked) ?? { mine: fields[name]?.mine, theirs: now[name] },
    ]),
  )
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
