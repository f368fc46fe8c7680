import type { BoundWrite } from '../db/database.ts'
import type { Restorable } from '../deletions/deletions.ts'
import { ApiError } from '../errors.ts'
import type { AnyId } from '../ids.ts'
import type { Change as Gains } from '../quotas/quotas.ts'

/** What becomes of one operation, by the thing as it is (docs/decisions/sync.md). */

export const verbs = ['create', 'update', 'delete', 'restore'] as const
export type Verb = (typeof verbs)[number]

/** An operation of a device; its value has been parsed. */
export interface Operation<Value> {
  op: Verb
  id: string
  op_id?: string
  if_revision?: number
  value: Value
}

/** A thing as far as it matters here. */
export interface Revised {
  revision: number
  digest?: string | null
}

/** Something deleted: with its content while it can be restored. */
export type Deleted = Restorable | Pick<Restorable, 'revision'>

export type State<Living> = { living: Living } | { deleted: Deleted } | undefined

/** A change of one thing. */
export interface Step<Living> {
  writes: readonly BoundWrite<unknown>[]
  /** Ids that must not be those of something deleted; nothing is written otherwise. */
  mustBeFree?: readonly AnyId[]
  /** What it takes of quotas. */
  gains: Partial<Gains<'moods' | 'tasks' | 'practices' | 'bytes'>>
  /** The thing after it. */
  state: State<Living>
  /** The same without what is kept only where there is room. */
  lighter?: Step<Living>
}

/** The rules of one kind of things. */
export interface Rules<Living, Value> {
  /** Of the submission that creates; several where it was digested in another way before. */
  digestsOf(value: Value): readonly string[]
  /** @throws {ApiError} */
  create(id: string, value: Value): Promise<Step<Living>> | Step<Living>
  /**
   * Undefined where it changes nothing.
   * @throws {ApiError}
   */
  update(living: Living, value: Value): Step<Living> | undefined
  remove(living: Living): Step<Living>
  restore(deleted: Restorable): Step<Living>
}

/** A thing in the course of a request, whose operations on it build upon each other. */
export interface Chain<Living> {
  state: State<Living>
  /** The revision that `if_revision` compares with; `own` when all that happened was done by this device. */
  base: number | 'own' | undefined
  /** Set when an operation was not done: those that follow are not, either. */
  stuck?: 'conflict' | 'deleted' | undefined
}

interface Decision<Living> {
  outcome: 'applied' | 'unchanged' | 'conflict' | 'deleted'
  /** What it does, when it is applied. */
  step?: Step<Living>
}

/** The beginning of a chain. */
export const chainOf = <Living extends Revised>(state: State<Living>): Chain<Living> => ({
  state,
  base: revisionOf(state),
})

/** The revision of a thing, deleted or not. */
export function revisionOf(state: State<Revised>): number | undefined {
  if (!state) return undefined
  return 'living' in state ? state.living.revision : state.deleted.revision
}

/**
 * Decides what an operation does. Marks the chain where the operations that follow depend on it.
 * @param known operations that were done, with the revisions that they led to; 0 of those that changed nothing.
 * @throws {ApiError} why it is rejected.
 */
export async function decide<Living extends Revised, Value>(
  operation: Operation<Value>,
  chain: Chain<Living>,
  rules: Rules<Living, Value>,
  known: ReadonlyMap<string, number>,
): Promise<Decision<Living>> {
  const { op, id, op_id: operationId, value } = operation
  const { state } = chain
  if (op !== 'create') {
    if (operationId === undefined) throw new ApiError('invalid_request', 'op_id is required')
    const done = known.get(operationId)
    if (done !== undefined) {
      // It was this device that brought the thing here: what follows is not in the way of anybody.
      chain.stuck = undefined
      if (done === revisionOf(state)) chain.base = 'own'
      return { outcome: 'unchanged' }
    }
  }
  if (chain.stuck) return { outcome: chain.stuck }
  if (op === 'create') return created()
  if (!state) throw new ApiError('not_found')
  if (op === 'update') return 'living' in state ? updated(state.living) : stuck('deleted')
  if (op === 'delete') return 'living' in state ? unlessStale(() => rules.remove(state.living)) : unchanged
  if ('living' in state) return unchanged
  const { deleted } = state
  return 'content' in deleted ? unlessStale(() => rules.restore(deleted)) : stuck('deleted')

  async function created(): Promise<Decision<Living>> {
    if (!state) return { outcome: 'applied', step: await rules.create(id, value) }
    if ('deleted' in state) return stuck('deleted')
    const { digest, revision } = state.living
    if (!digest || !rules.digestsOf(value).includes(digest)) return stuck('conflict')
    if (revision === 1) chain.base = 'own'
    return unchanged
  }

  function updated(living: Living): Decision<Living> {
    const step = rules.update(living, value)
    return step ? unlessStale(() => step) : unchanged
  }

  function unlessStale(step: () => Step<Living>): Decision<Living> {
    const { base } = chain
    const seen = operation.if_revision
    if (seen !== undefined && base !== 'own' && seen !== base) return stuck('conflict')
    return { outcome: 'applied', step: step() }
  }

  function stuck(outcome: 'conflict' | 'deleted'): Decision<Living> {
    chain.stuck = outcome
    return { outcome }
  }
}

const unchanged = { outcome: 'unchanged' } as const

/** Goes on with a chain after a step of it. */
export function follow<Living>(chain: Chain<Living>, op: Verb, { state }: Step<Living>) {
  chain.state = state
  if (op === 'create') chain.base = 'own'
}
