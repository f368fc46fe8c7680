import type { LastingEntry, Practice, Problem, Sequence, Task } from '../wire.ts'

/** What a device keeps, and what follows from it. */

/** Things by kind, as the server shows them. Sequences are read on the device and written online. */
export interface Values {
  mood: LastingEntry & { logged_at?: string | null }
  task: Task
  practice: Practice
  sequence: Sequence
}
export const kinds = ['mood', 'task', 'practice', 'sequence'] as const
export type Kind = (typeof kinds)[number]
export type WritableKind = Exclude<Kind, 'sequence'>
export type Fields = Readonly<Record<string, unknown>>

/** The state of a thing on the server, as last heard. */
export interface Base {
  revision: number
  deleted: boolean
  /** The last one known, also when it is deleted since; null where it never came. */
  value: Fields | null
  /** The number of the pass over everything that it was last heard in. */
  pass: number
}

/** A write of the person, until the server's answer and its effect have both arrived. */
export interface Queued {
  /** Its place in the queue. */
  seq: number
  kind: WritableKind
  id: string
  op: 'create' | 'update' | 'delete' | 'restore'
  op_id: string
  /** The whole value of a `create`, the changed fields of an `update`. */
  value: Fields
  /** What else changes on the device: fields that the server computes. */
  shown: Fields
  /** The fields as the person saw them before: what tells a conflict from an edit elsewhere. */
  seen: Fields
  /** The revision that it builds upon; absent until the thing has arrived from the server. */
  base?: number
  /** When it was made, by the clock of the device (epoch ms), and how far that was known to be behind the server's. */
  at: number
  behindMs: number
  /** Whether it may have reached the server: from then on it stays as it is. */
  sent: boolean
  /** Whether the server would not have the instant of logging. */
  untold?: boolean
  /** The revision it led to: it stays until that has arrived. */
  done?: number
  /** Why the server will not have it. It waits for the person. */
  rejected?: Problem
  /** A `create` that was deleted before the server knew of it. */
  withdrawn?: boolean
  /** When what was withdrawn is forgotten, by the clock of the server (epoch ms); absent before its first answer since. */
  expiresAt?: number
}

/** Values of one field that met. */
export interface Asked {
  mine: unknown
  theirs: unknown
  /** Other texts that were written here, in another tab: to choose from as well. */
  also?: readonly string[]
}

/** A question for the person: their write met another one. */
export interface Question {
  kind: WritableKind
  id: string
  /**
   * `edited`: these fields were changed elsewhere too. `deleted`: it was deleted elsewhere, and edited here. `deleted_here`:
   * it was edited elsewhere, and deleted here.
   */
  reason: 'edited' | 'deleted' | 'deleted_here'
  fields: Readonly<Record<string, Asked>>
  /** Of `deleted_here`: fields that met another edit before it was deleted; who keeps it is asked about them. */
  edited?: readonly string[]
}

export interface Settings {
  timezone: string
  day_starts_at: number
  mood_scale: { min: number; max: number }
}

/** The rest. */
export interface Meta {
  cursor: string | null
  /** Counts the times that everything was asked for anew. */
  pass: number
  nextSeq: number
  /** How far the clock of the device is behind the server's, ms; undefined before the first answer. */
  behindMs?: number
  settings: Settings
}

export const firstMeta: Meta = {
  cursor: null,
  pass: 0,
  nextSeq: 1,
  settings: { timezone: 'UTC', day_starts_at: 0, mood_scale: { min: 0, max: 10 } },
}

/** A thing as the person sees it: with their own writes on top. */
export interface Thing<K extends Kind = Kind> {
  kind: K
  id: string
  value: Values[K]
  deleted: boolean
  /** Whether the server lacks something of it. */
  pending: boolean
  /** Set when the server has never heard of it. Of a deleted thing: only this device can bring it back. */
  local?: true
  /** Until when (epoch ms) it does so; absent before the server's first answer since it was deleted. */
  expiresAt?: number
  /** Why the server would not have it; `rejected()` has the write. */
  rejected?: Problem
  question?: Question
}

/** A thing from what the server says and what is queued for it, in order; undefined where there is none. */
export function thingOf<K extends Kind>(
  kind: K,
  id: string,
  base: Base | undefined,
  ops: readonly Queued[],
  question: Question | undefined,
): Thing<K> | undefined {
  let value = base?.value ?? undefined
  let deleted = base?.deleted ?? false
  let rejected: Problem | undefined
  for (const op of ops) {
    rejected ??= op.rejected
    if (op.op === 'create') {
      if (!base) value = { ...op.value, ...op.shown }
      deleted ||= op.withdrawn === true
    } else if (!op.rejected) {
      if (op.op === 'update' && value) value = { ...value, ...op.value, ...op.shown }
      if (op.op === 'delete') deleted = true
      if (op.op === 'restore') deleted = false
    }
  }
  if (!value) return undefined
  const pending = ops.some(op => op.done === undefined && !op.withdrawn)
  const isLocal = !base && ops.every(op => !op.sent && op.done === undefined)
  const expiresAt = isLocal ? ops.find(op => op.withdrawn)?.expiresAt : undefined
  const more = {
    ...(isLocal && { local: true as const }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(rejected && { rejected }),
    ...(question && { question }),
  }
  return { kind, id, value: value as unknown as Values[K], deleted, pending, ...more }
}

/** Whether a write has still to go to the server. */
export const isOpen = (op: Queued): boolean => op.done === undefined && !op.rejected && !op.withdrawn

/** Whether two JSON values are the same. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
