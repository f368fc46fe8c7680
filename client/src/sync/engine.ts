import { ApiError } from '../../../src/errors.ts'
import type { Client } from '../client.ts'
import { type Environment, newId, realEnvironment } from '../environment.ts'
import { ApiProblem, ownProblem, SignedOut } from '../problem.ts'
import type { Problem, SyncAnswer, TaskChanges } from '../wire.ts'
import { type Copy, type Draft, openCopy, type Topic } from './copy.ts'
import { type DeviceExplanation, type DeviceStreak, explanationOf, knownZone, streakOf } from './device-streak.ts'
import { changedEntry, felt, type Here, type MoodInput, newEntry, type Written } from './entry.ts'
import { aboutToBeSent, nextBatch, operationOf, reject, significant, takeIn } from './exchange.ts'
import { type Synced, stepKeeper } from './in-step.ts'
import { type Lock, leaseLock } from './lock.ts'
import { answerByEdit, pick, withTheirOwn } from './merge.ts'
import {
  type Fields,
  isOpen,
  type Question,
  type Queued,
  type Settings,
  same,
  type Thing,
  type Values,
  type WritableKind,
} from './records.ts'
import type { Storage } from './storage.ts'

export interface SyncOptions {
  client: Client
  storage: Storage
  /** The id of the account: other people on the same device have their own copy. */
  account: string
  /** Decides which tab syncs for all. Defaults to a lease on the storage; see `webLock`. */
  lock?: Lock
  /** Decides which tab keeps the stream open; another one than `lock`. Defaults to a lease on the storage. */
  streamLock?: Lock
  environment?: Partial<Environment>
}

/** A write that the server rejected. */
export interface RejectedWrite {
  opId: string
  kind: WritableKind
  id: string
  op: Queued['op']
  value: Fields
  problem: Problem
}

export interface NewTaskInput {
  title: string
  description?: string | null
  due_on?: string | null
  completed?: boolean
}

const maxOperations = 500
/** Rounds in a row that led to nothing. A few are others who write the same things; more are a server that is wrong. */
const maxFutileRounds = 10

/** Opens the copy of a person's data on this device, which is read and written without a network, and synced with one. */
export async function openSync(options: SyncOptions) {
  const { client, storage, account } = options
  const environment = { ...realEnvironment, ...options.environment }
  const listeners = new Set<(topics: ReadonlySet<Topic>) => void>()
  const tell = (topics: ReadonlySet<Topic>) => {
    for (const listener of listeners) listener(topics)
  }
  const copy = await openCopy(storage, account, tell)
  const holder = newId(environment, environment.now())
  const lease = (name: string) => leaseLock(storage, name, holder, environment.now)
  const lock = options.lock ?? lease(`lock/${account}`)
  const keeper = stepKeeper({
    sync: syncing({ client, copy, environment, lock }),
    watch: client.watch,
    environment,
    streamLock: options.streamLock ?? lease(`stream-lock/${account}`),
    told: () => tell(new Set(['status'])),
  })

  return {
    ...writing({ client, copy, environment, wrote: keeper.wrote }),
    /**
     * Sends what is queued and takes in what changed, until nothing is left of either or the server gets no further.
     * @throws {NoAnswer} without a network, {SignedOut} without a session, {ApiProblem}: the queue stays as it is.
     */
    sync: keeper.sync,
    /**
     * Syncs by itself from now on: at once, after writes, when the network returns or the app is looked at again, when the
     * server tells of changes, and now and then; after failures ever later. Where the session has ended it waits for
     * `sync`, or for somebody to look at the app. The answer stops it.
     */
    start: keeper.start,
    /** What the last sync led to, and whether changes are told as they happen. */
    status: keeper.status,
    /** Called with what has changed, after each change of the copy or of the status. The answer ends it. */
    subscribe(listener: (topics: ReadonlySet<Topic>) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Takes in what other tabs wrote; happens by itself where the storage tells. */
    refresh: copy.refresh,
    /** Stops syncing, and deletes everything of this account from the device, unsent writes included. */
    wipe(): Promise<void> {
      keeper.stop()
      return copy.wipe()
    },
    /** Stops syncing and listening. */
    close(): void {
      keeper.stop()
      copy.close()
    },
  }
}
export type SyncEngine = Awaited<ReturnType<typeof openSync>>

interface Context {
  client: Client
  copy: Copy
  environment: Environment
}

/**
 * Reading and writing on the device.
 * @param context `wrote` is called after each write.
 */
function writing({ client, copy, environment, wrote }: Context & { wrote: () => void }) {
  const read = () => copy.now

  /** Now, as the server would tell it. */
  const now = (draft: Draft) => environment.now() + significant(draft.meta.behindMs ?? 0)

  const here = (draft: Draft): Here => ({
    settings: draft.meta.settings,
    zone: knownZone(client.timezone()),
    now: now(draft),
  })

  function living<K extends WritableKind>(draft: Draft, kind: K, id: string): Thing<K> {
    const thing = draft.thing(kind, id)
    if (!thing || thing.deleted) throw ownProblem('not_found', ['No such thing on this device.'])
    return thing
  }

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

  async function create<K extends WritableKind>(
    kind: K,
    id: string,
    make: (draft: Draft) => Written,
  ): Promise<Thing<K>> {
    await change(draft => {
      if (draft.thing(kind, id)) throw ownProblem('id_taken', ['This id is already taken.'])
      const { value, shown } = make(draft)
      const at = new Date(now(draft)).toISOString()
      draft.enqueue(
        queued(draft, {
          kind,
          id,
          op: 'create',
          value,
          shown: { id, revision: 0, created_at: at, updated_at: at, ...shown },
        }),
      )
    })
    return read().thing(kind, id) as Thing<K>
  }

  async function update<K extends WritableKind>(
    kind: K,
    id: string,
    make: (value: Values[K], draft: Draft) => Written,
  ): Promise<Thing<K>> {
    await change(draft => {
      const thing = living(draft, kind, id)
      edit(draft, kind, id, make(thing.value, draft))
    })
    return read().thing(kind, id) as Thing<K>
  }

  /** Queues the fields that differ from what there is; joins a write that has not been sent yet. */
  function edit(draft: Draft, kind: WritableKind, id: string, { value, shown }: Written): void {
    const current = draft.thing(kind, id)?.value as unknown as Fields
    const differing = Object.keys(value).filter(name => !same(value[name], current[name]))
    const names = withTheirOwn(differing, value)
    if (names.length > 0) answerByEdit(draft, id, names)
    const last = draft.opsOf(id).at(-1)
    if (last?.op === 'create' && last.rejected) {
      const { rejected: _, ...again } = last
      draft.setOp({ ...again, value: { ...last.value, ...value }, shown: { ...last.shown, ...shown } })
    } else if (names.length === 0) {
      return
    } else if (last && isOpen(last) && !last.sent && last.op === 'create') {
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

  function remove(draft: Draft, kind: WritableKind, id: string): void {
    const { value } = living(draft, kind, id)
    const last = draft.opsOf(id).at(-1)
    if (last?.op === 'create' && !last.sent && last.done === undefined) draft.setOp({ ...last, withdrawn: true })
    else if (last?.op === 'restore' && isOpen(last) && !last.sent) draft.removeOp(last)
    else
      draft.enqueue(queued(draft, { kind, id, op: 'delete', seen: pick(value as unknown as Fields, editable[kind]) }))
  }

  function restore(draft: Draft, kind: WritableKind, id: string): void {
    const thing = draft.thing(kind, id)
    if (!thing) throw ownProblem('not_found', ['No such thing on this device.'])
    if (!thing.deleted) return
    const last = draft.opsOf(id).at(-1)
    if (last?.withdrawn) draft.setOp({ ...last, withdrawn: false })
    else if (last?.op === 'delete' && isOpen(last) && !last.sent) draft.removeOp(last)
    else draft.enqueue(queued(draft, { kind, id, op: 'restore' }))
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

  const of = <K extends WritableKind>(kind: K) => ({
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
    delete: (id: string): Promise<void> => change(draft => remove(draft, kind, id)),
    restore: (id: string): Promise<void> => change(draft => restore(draft, kind, id)),
  })

  const id = () => newId(environment, environment.now())
  const moods = of('mood')

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
      log: (input: MoodInput, own: string = id()) => create('mood', own, draft => newEntry(input, here(draft))),
      update: (of: string, changes: Partial<MoodInput>) =>
        update('mood', of, (entry, draft) => changedEntry(entry, changes, here(draft))),
    },
    tasks: {
      ...of('task'),
      create: (input: NewTaskInput, own: string = id()) =>
        create('task', own, draft => {
          const { title, description = null, due_on = null, completed = false } = input
          return { value: { title, description, due_on, completed }, shown: completion(completed, draft) }
        }),
      update: (of: string, changes: TaskChanges) =>
        update('task', of, (_, draft) => {
          const shown = changes.completed === undefined ? {} : completion(changes.completed, draft)
          return { value: { ...changes }, shown }
        }),
    },
    practices: {
      ...of('practice'),
      /** Logs that a sequence was practised; `date` defaults to the person's today. */
      log: (
        sequence_id: string,
        { date, note = null }: { date?: string; note?: string | null } = {},
        own: string = id(),
      ) =>
        create('practice', own, draft => {
          const sequence = draft.thing('sequence', sequence_id)?.value
          const today = streakOf([], draft.meta.settings, client.timezone(), now(draft)).streak_details.today
          return {
            value: { sequence_id, date: date ?? today, note },
            shown: { title: sequence?.title ?? '', total_seconds: sequence?.total_seconds ?? 0 },
          }
        }),
      update: (of: string, changes: { date?: string; note?: string | null }) =>
        update('practice', of, () => ({ value: { ...changes }, shown: {} })),
    },
    sequences: {
      get: (of: string): Thing<'sequence'> | undefined => read().thing('sequence', of),
      list: (): Thing<'sequence'>[] =>
        read()
          .things('sequence')
          .filter(thing => !thing.deleted),
    },
    /**
     * The streak with all unsent writes.
     * @param at epoch ms; now by default.
     */
    streak: (at?: number): DeviceStreak => streakOf(...seen(at)),
    /** Why the streak is what it is, with all unsent writes; `at` as for `streak`. */
    explain: (at?: number): DeviceExplanation => explanationOf(...seen(at)),
    /** Epoch ms, corrected where the clock of the device is wrong. */
    now: (): number => now(read()),
    settings: (): Settings => read().meta.settings,
    /** The number of writes that the server lacks. */
    unsent: (): number => read().ops().filter(isOpen).length,
    /** What the person has to decide. */
    conflicts: (): Question[] => read().questions(),
    /** Decides: what was written here, what the server has, or other values of the fields. */
    resolve: (of: string, answer: 'mine' | 'theirs' | Fields): Promise<void> =>
      change(draft => {
        const question = draft.question(of)
        if (!question) throw ownProblem('not_found', ['There is no such conflict.'])
        const { kind, reason, fields } = question
        draft.setQuestion(of, undefined)
        if (answer === 'theirs') return
        if (reason === 'deleted_here' && answer === 'mine') return remove(draft, kind, of)
        if (reason === 'deleted') restore(draft, kind, of)
        const mine = Object.fromEntries(Object.entries(fields).map(([name, both]) => [name, both.mine]))
        edit(draft, kind, of, answer === 'mine' ? chosen(draft, mine) : entered(draft, kind, of, answer))
      }),
    /** What the server rejected, with its sentences. */
    rejected: (): RejectedWrite[] =>
      read()
        .ops()
        .flatMap(({ op_id: opId, kind, id: of, op, value, rejected: problem, withdrawn }) =>
          problem && !withdrawn ? [{ opId, kind, id: of, op, value, problem }] : [],
        ),
    /** Sends a rejected write again, with other values if given. */
    retry: (opId: string, changes: Fields = {}): Promise<void> =>
      change(draft => {
        const { rejected: _, base: __, ...op } = rejectedOp(draft, opId)
        const base = draft.base(op.kind, op.id)
        draft.setOp({ ...op, value: { ...op.value, ...changes }, ...(base && { base: base.revision }) })
      }),
    /** Gives a rejected write up. */
    discard: (opId: string): Promise<void> => change(draft => draft.removeOp(rejectedOp(draft, opId))),
  }

  function seen(at: number | undefined): Parameters<typeof streakOf> {
    const draft = read()
    const dates = draft
      .things('mood')
      .flatMap(({ deleted, rejected, value }) => (deleted || isUnmade(rejected, value) ? [] : [value.date]))
    return [dates, draft.meta.settings, client.timezone(), at ?? now(draft)]
  }

  /** Values that the person decided on, as if they had entered them: of an instant the day follows. */
  function entered(draft: Draft, kind: WritableKind, of: string, value: Fields): Written {
    if (kind !== 'mood') return { value, shown: {} }
    return changedEntry(living(draft, kind, of).value, value as Partial<MoodInput>, here(draft))
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

function rejectedOp(draft: Draft, opId: string): Queued {
  const op = draft.ops().find(one => one.op_id === opId && one.rejected)
  if (!op) throw ownProblem('not_found', ['There is no such rejected write.'])
  return op
}

/** Whether a thing exists on the device alone because the server rejected it. */
function isUnmade(rejected: Problem | undefined, { revision }: { revision: number }): boolean {
  return rejected !== undefined && revision === 0
}

const editable: Record<WritableKind, readonly string[]> = {
  mood: ['mood', 'note', 'tags', 'date', 'occurred_at', 'timezone'],
  task: ['title', 'description', 'completed', 'due_on'],
  practice: ['date', 'note'],
}

function latestFirst({ value: a }: Thing<'mood'>, { value: b }: Thing<'mood'>): number {
  const key = (entry: Values['mood']) => `${entry.date} ${entry.occurred_at ?? `~${entry.created_at}`} ${entry.id}`
  return key(a) < key(b) ? 1 : -1
}

interface Round {
  sent: number
  received: number
  /** Whether the server has to be asked again, whatever is queued. */
  more: boolean
  /** Whether it changed nothing: the writes sent are still to be sent, or there is more and nothing of it came. */
  futile: boolean
}

/** Exchanging with the server. */
function syncing({ client, copy, environment, lock }: Context & { lock: Lock }) {
  let running: Promise<Synced> | undefined
  let again = false
  let maxBatch = maxOperations

  function sync(options: { signal?: AbortSignal } = {}): Promise<Synced> {
    again = running !== undefined
    running ??= lock
      .hold(renew => rounds(renew, options))
      .then(synced => synced ?? { done: false, busy: true as const, sent: 0, received: 0 })
      .finally(() => {
        running = undefined
      })
    return running
  }

  async function rounds(renew: () => Promise<boolean>, { signal }: { signal?: AbortSignal }): Promise<Synced> {
    const total: Synced = { done: true, sent: 0, received: 0 }
    await copy.refresh()
    for (let futile = 0; futile < maxFutileRounds; ) {
      again = false
      const round = await one(signal)
      total.sent += round.sent
      total.received += round.received
      futile = round.futile ? futile + 1 : 0
      if (!round.more && !again && nextBatch(copy.now, 1).length === 0) return total
      await renew()
    }
    return { ...total, done: false }
  }

  /** What is sent next; from now on it stays as it is. */
  function leaving(draft: Draft, behindMs: number): Queued[] {
    return nextBatch(draft, maxBatch).map(op => {
      if (op.sent) return op
      const sent = aboutToBeSent(op, environment.now(), behindMs)
      draft.setOp(sent)
      return sent
    })
  }

  async function one(signal: AbortSignal | undefined): Promise<Round> {
    const { batch, born, cursor, behindMs } = await copy.change(draft => {
      const { behindMs, cursor } = draft.meta
      const born = draft.born ?? newId(environment, environment.now())
      if (draft.born === undefined) draft.born = born
      // Before the first answer nobody knows whether the clock is right.
      const batch = behindMs === undefined ? [] : leaving(draft, behindMs)
      return { batch, born, cursor, behindMs }
    })
    /** Another tab may have deleted the copy meanwhile: nothing is to come back into it. */
    const change = (work: (draft: Draft) => void) =>
      copy.change(draft => {
        if (draft.born !== born) throw new SignedOut()
        work(draft)
      })
    const operations = batch.map(operationOf)
    try {
      const { body, headers } = await client.request({
        method: 'POST',
        path: '/sync',
        body: { cursor, operations },
        repeatable: true,
        ...(signal && { signal }),
      })
      const answer = body as SyncAnswer
      const told = Date.parse(headers.get('Date') ?? '')
      await change(draft => {
        takeIn(draft, batch, cursor, answer)
        const behind = Number.isNaN(told) ? (behindMs ?? 0) : told - environment.now()
        draft.meta = { ...draft.meta, behindMs: behind }
      })
      maxBatch = Math.min(maxOperations, maxBatch * 2)
      const [sent, received] = [batch.length, answer.changes.length]
      const open = new Set(copy.now.ops().flatMap(op => (isOpen(op) ? op.seq : [])))
      const futile = answer.has_more ? received === 0 : sent > 0 && batch.every(({ seq }) => open.has(seq))
      return { sent, received, more: answer.has_more || behindMs === undefined, futile }
    } catch (error) {
      await refused(error, batch, cursor, change)
      return { sent: 0, received: 0, more: true, futile: false }
    }
  }

  /** What can be done about an error of a whole request; otherwise it is thrown. */
  async function refused(
    error: unknown,
    batch: readonly Queued[],
    cursor: string | null,
    change: (work: (draft: Draft) => void) => Promise<void>,
  ): Promise<void> {
    if (!(error instanceof ApiProblem)) throw error
    const code: string = error.code
    if (code === 'cursor_expired' && cursor !== null) {
      await change(draft => {
        const { meta } = draft
        if (meta.cursor === cursor) draft.meta = { ...meta, cursor: null, pass: meta.pass + 1 }
      })
    } else if ((error.status === 413 || error.status === 400) && batch.length > 1) {
      maxBatch = Math.floor(batch.length / 2)
    } else if ((error.status === 413 || error.status === 400) && batch.length === 1) {
      // One that no request can carry would hold up all others.
      await change(draft => {
        const [op] = batch as [Queued]
        reject(draft, op, error.problem)
      })
    } else {
      throw error
    }
  }

  return sync
}
