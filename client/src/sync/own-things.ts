import { ApiError } from '../../../src/errors.ts'
import type { Run } from '../../../src/moods/streak.ts'
import type { Client } from '../client.ts'
import { type Environment, newId } from '../environment.ts'
import { ownProblem } from '../problem.ts'
import type { Problem, TaskChanges } from '../wire.ts'
import type { Copy, Draft } from './copy.ts'
import {
  type DeviceExplanation,
  type DeviceStreak,
  explanationOf,
  knownZone,
  runsOfDates,
  streakOf,
} from './device-streak.ts'
import { changedEntry, felt, type Here, type MoodInput, newEntry, type Written } from './entry.ts'
import { keepUp, whenKept } from './merge.ts'
import { forget, living, queueing } from './queueing.ts'
import {
  type Fields,
  isOpen,
  type Question,
  type Queued,
  type Settings,
  type Thing,
  type Values,
  type WritableKind,
} from './records.ts'

/** A write that the server rejected. */
export interface RejectedWrite {
  opId: string
  kind: WritableKind
  id: string
  op: Queued['op']
  value: Fields
  problem: Problem
  /** Whether what it was made for was deleted for good elsewhere: it can never be accepted; see `recreate`. */
  isGone: boolean
}

export interface NewTaskInput {
  title: string
  description?: string | null
  due_on?: string | null
  completed?: boolean
}

/** What becomes of a conflict: what was written here, what the server has, or other values of the fields. */
export type Answer = 'mine' | 'theirs' | Fields

interface Context {
  client: Client
  copy: Copy
  environment: Environment
  /** Called after each write. */
  wrote: () => void
}

/** What a person has on this device, read and written without a network. */
export function ownThings({ client, copy, environment, wrote }: Context) {
  const read = () => copy.now

  const { now, ...queue } = queueing(environment)

  const here = (draft: Draft): Here => ({
    settings: draft.meta.settings,
    zone: knownZone(client.timezone()),
    now: now(draft),
  })

  async function create<K extends WritableKind>(
    kind: K,
    id: string,
    make: (draft: Draft) => Written,
  ): Promise<Thing<K>> {
    await change(draft => {
      if (draft.thing(kind, id)) throw ownProblem('id_taken', ['This id is already taken.'])
      queue.create(draft, kind, id, make(draft))
    })
    return read().thing(kind, id) as Thing<K>
  }

  async function update<K extends WritableKind>(
    kind: K,
    id: string,
    make: (value: Values[K], draft: Draft) => Written,
    seen?: Partial<Values[K]>,
  ): Promise<Thing<K>> {
    await change(draft => {
      const thing = living(draft, kind, id)
      queue.edit(draft, kind, id, make(thing.value, draft), seen as Fields | undefined)
    })
    return read().thing(kind, id) as Thing<K>
  }

  /** Failures of the server's own rules are told as the server would. */
  async function change<T>(work: (draft: Draft) => T): Promise<T> {
    try {
      const result = await copy.change(work)
      wrote()
      return result
    } catch (error) {
      if (error instanceof ApiError) throw ownProblem(error.code, error.errors)
      throw error
    }
  }

  const common = <K extends WritableKind>(kind: K) => ({
    get: (id: string): Thing<K> | undefined => read().thing(kind, id),
    /** The living ones. */
    list: (): Thing<K>[] =>
      read()
        .things(kind)
        .filter(thing => !thing.deleted),
    /** The deleted ones that this device knows of. */
    trash: (): Thing<K>[] =>
      read()
        .things(kind)
        .filter(thing => thing.deleted),
    delete: (id: string): Promise<void> => change(draft => queue.remove(draft, kind, id)),
    restore: (id: string): Promise<void> => change(draft => queue.restore(draft, kind, id)),
    /**
     * Deletes for good what was deleted before the server heard of it (`local`), which happens by itself after 30 days;
     * anything else stays as it is.
     * @returns whether there was any such thing.
     */
    forget: (id: string): Promise<boolean> => change(draft => forget(draft, kind, id)),
  })

  const freshId = () => newId(environment, environment.now())
  const moods = common('mood')

  let formed: { of: Draft; runs: readonly Run[] } | undefined
  let sorted: { of: Draft; list: readonly Thing<'mood'>[] } | undefined
  function latest(draft: Draft): readonly Thing<'mood'>[] {
    if (sorted?.of !== draft) sorted = { of: draft, list: moods.list().sort(latestFirst) }
    return sorted.list
  }

  return {
    moods: {
      ...moods,
      /** The living ones, the latest first; those of a day whose instant is unknown come before the others of it. */
      list: (): Thing<'mood'>[] => [...latest(read())],
      log: (input: MoodInput, id: string = freshId()) => create('mood', id, draft => newEntry(input, here(draft))),
      /**
       * @param seen the entry as the person saw it when they began: of what has changed meanwhile both values are asked about.
       *   Without it the change is made to what there is.
       */
      update: (id: string, changes: Partial<MoodInput>, seen?: Partial<Values['mood']>) =>
        update('mood', id, (entry, draft) => changedEntry(entry, changes, here(draft)), seen),
    },
    tasks: {
      ...common('task'),
      create: (input: NewTaskInput, id: string = freshId()) =>
        create('task', id, draft => {
          const { title, description = null, due_on = null, completed = false } = input
          return { value: { title, description, due_on, completed }, shown: completion(completed, draft) }
        }),
      /** `seen` as for moods. */
      update: (id: string, changes: TaskChanges, seen?: Partial<Values['task']>) =>
        update(
          'task',
          id,
          (_, draft) => {
            const shown = changes.completed === undefined ? {} : completion(changes.completed, draft)
            return { value: { ...changes }, shown }
          },
          seen,
        ),
    },
    practices: {
      ...common('practice'),
      /** Logs that a sequence was practised; `date` defaults to the person's today. */
      log: (
        sequence_id: string,
        { date, note = null }: { date?: string; note?: string | null } = {},
        id: string = freshId(),
      ) =>
        create('practice', id, draft => {
          const sequence = draft.thing('sequence', sequence_id)?.value
          const today = streakOf([], draft.meta.settings, client.timezone(), now(draft)).streak_details.today
          return {
            value: { sequence_id, date: date ?? today, note },
            shown: { title: sequence?.title ?? '', total_seconds: sequence?.total_seconds ?? 0 },
          }
        }),
      update: (id: string, changes: { date?: string; note?: string | null }) =>
        update('practice', id, () => ({ value: { ...changes }, shown: {} })),
    },
    sequences: {
      get: (id: string): Thing<'sequence'> | undefined => read().thing('sequence', id),
      list: (): Thing<'sequence'>[] =>
        read()
          .things('sequence')
          .filter(thing => !thing.deleted),
    },
    /**
     * The streak with all unsent writes.
     * @param at epoch ms; now by default.
     */
    streak: (at?: number): DeviceStreak => streakOf(...daysAt(at)),
    /** Why the streak is what it is, with all unsent writes; `at` as for `streak`. */
    explain: (at?: number): DeviceExplanation => explanationOf(...daysAt(at)),
    /** Epoch ms, corrected where the clock of the device is wrong. */
    now: (): number => now(read()),
    settings: (): Settings => read().meta.settings,
    /** The number of writes that the server lacks. */
    unsent: (): number => read().ops().filter(isOpen).length,
    /** What the person has to decide. */
    conflicts: (): Question[] => read().questions(),
    /** Decides a conflict. */
    resolve: (id: string, answer: Answer): Promise<void> =>
      change(draft => {
        const question = draft.question(id)
        if (!question) throw ownProblem('not_found', ['There is no such conflict.'])
        draft.setQuestion(id, undefined)
        if (question.reason === 'deleted_here') decideDeletion(draft, question, answer)
        else decideEdit(draft, question, answer)
      }),
    /** What the server rejected, with its sentences. */
    rejected: (): RejectedWrite[] =>
      read()
        .ops()
        .flatMap(({ op_id: opId, kind, id, op, value, rejected: problem, withdrawn }) =>
          problem && !withdrawn ? [{ opId, kind, id, op, value, problem, isGone: isGone(op, problem) }] : [],
        ),
    /** Sends a rejected write again, with other values if given. */
    retry: (opId: string, changes: Fields = {}): Promise<void> =>
      change(draft => {
        const { rejected: _, base: __, ...op } = rejectedOp(draft, opId)
        const base = draft.base(op.kind, op.id)
        draft.setOp({ ...op, value: { ...op.value, ...changes }, ...(base && { base: base.revision }) })
      }),
    /**
     * Where a rejected write was about a thing that was deleted for good elsewhere (`isGone`): makes a new one of what this
     * device knew of it and what was written here.
     * @returns its id.
     */
    recreate: (opId: string, own: string = freshId()): Promise<string> =>
      change(draft => {
        const op = rejectedOp(draft, opId)
        if (!isGone(op.op, op.rejected)) throw ownProblem('not_found', ['It was not deleted for good.'])
        queue.recreate(draft, op, own)
        return own
      }),
    /** Gives a rejected write up. */
    discard: (opId: string): Promise<void> => change(draft => draft.removeOp(rejectedOp(draft, opId))),
  }

  /** Anew after each change of the copy, not with each look at the clock. */
  function runsIn(draft: Draft): readonly Run[] {
    if (formed?.of !== draft) {
      const dates = draft
        .things('mood')
        .flatMap(({ deleted, rejected, value }) => (deleted || isUnmade(rejected, value) ? [] : [value.date]))
      formed = { of: draft, runs: runsOfDates(dates, draft.meta.settings) }
    }
    return formed.runs
  }

  /** What a streak is counted from. */
  function daysAt(at: number | undefined): Parameters<typeof streakOf> {
    const draft = read()
    return [runsIn(draft), draft.meta.settings, client.timezone(), at ?? now(draft)]
  }

  /** Of what was deleted here and edited elsewhere. */
  function decideDeletion(draft: Draft, question: Question, answer: Answer): void {
    const { kind, id } = question
    if (answer === 'mine') {
      // It may have been deleted since, here or elsewhere.
      if (!draft.thing(kind, id)?.deleted) queue.remove(draft, kind, id)
      return
    }
    queue.restore(draft, kind, id)
    if (answer !== 'theirs') {
      queue.edit(draft, kind, id, entered(draft, kind, id, answer))
      return
    }
    const left = whenKept(question)
    if (!left) return
    draft.setQuestion(id, left)
    keepUp(draft, left)
  }

  /** Of what was edited here, and edited or deleted elsewhere. */
  function decideEdit(draft: Draft, { kind, id, reason, fields }: Question, answer: Answer): void {
    if (answer === 'theirs') return
    if (reason === 'deleted') queue.restore(draft, kind, id)
    const mine = Object.fromEntries(Object.entries(fields).map(([name, both]) => [name, both.mine]))
    queue.edit(draft, kind, id, answer === 'mine' ? chosen(draft, mine) : entered(draft, kind, id, answer))
  }

  /** Values that the person decided on, as if they had entered them: of an instant the day follows. */
  function entered(draft: Draft, kind: WritableKind, id: string, value: Fields): Written {
    if (kind !== 'mood') return { value, shown: {} }
    return changedEntry(living(draft, kind, id).value, value as Partial<MoodInput>, here(draft))
  }

  function completion(completed: boolean, draft: Draft): Fields {
    return { completed_at: completed ? new Date(now(draft)).toISOString() : null }
  }
}

/** Fields that were chosen between two values, with what the device computes from them. */
function chosen(draft: Draft, value: Fields): Written {
  const { mood } = value
  return mood === undefined
    ? { value, shown: {} }
    : { value, shown: felt(mood as number | string, draft.meta.settings).shown }
}

function rejectedOp(draft: Draft, opId: string): Queued & { rejected: Problem } {
  const op = draft.ops().find((one): one is Queued & { rejected: Problem } => one.op_id === opId && !!one.rejected)
  if (!op) throw ownProblem('not_found', ['There is no such rejected write.'])
  return op
}

/** Whether a write was rejected because its thing was deleted for good, long ago perhaps. */
function isGone(op: Queued['op'], { code }: Problem): boolean {
  return op !== 'create' && (code === 'entry_deleted' || code === 'not_found')
}

/** Whether a thing exists on the device alone because the server rejected it. */
function isUnmade(rejected: Problem | undefined, { revision }: { revision: number }): boolean {
  return rejected !== undefined && revision === 0
}

/** Compares entries: the latest come first; those of a day whose instant is unknown come before the others of it. */
export function latestFirst({ value: a }: Thing<'mood'>, { value: b }: Thing<'mood'>): number {
  // Most are of different days: thousands are sorted before the app shows anything.
  if (a.date !== b.date) return a.date < b.date ? 1 : -1
  const key = (entry: Values['mood']) => `${entry.occurred_at ?? `~${entry.created_at}`} ${entry.id}`
  return key(a) < key(b) ? 1 : -1
}
