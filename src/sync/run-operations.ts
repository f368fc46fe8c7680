import { type BoundWrite, type Commit, Conflict, must } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import type { AnyId, OperationId, UserId } from '../ids.ts'
import type { Quotas, Usage } from '../quotas/quotas.ts'
import { untilFirst } from '../until-first.ts'
import type { WritableKind } from '../vocabulary.ts'
import {
  type Chain,
  chainOf,
  decide,
  follow,
  type Operation,
  type Revised,
  type Rules,
  revisionOf,
  type State,
  type Step,
} from './decide.ts'
import { changedNothing, type operationStore } from './operations.ts'

/** A kind of things, as the operations of one person see it. */
export interface Things<Living extends Revised, S extends Step<Living>, Value> extends Rules<Living, Value> {
  /** Those of some ids that there are, living or deleted. */
  load(ids: readonly string[]): Promise<Map<string, State<Living>>>
  /** The write that counts steps which are made together and raises the version, and what to do when they are written. */
  count(steps: readonly S[]): { write: BoundWrite<{ version: number }[]>; written(version: number): void }
  /** The guards of a batch which creates things that must not have the id of something deleted. */
  freeWrites(ids: readonly AnyId[]): BoundWrite<unknown>[]
  /** A living one as its own read shows it. */
  shown(living: Living): object
  create(id: string, value: Value): Promise<S> | S
  update(living: Living, value: Value): S | undefined
  remove(living: Living): S
  restore(deleted: Parameters<Rules<Living, Value>['restore']>[0]): S
}

// biome-ignore lint/suspicious/noExplicitAny: each kind has things, steps and values of its own.
type AnyThings = Things<any, any, any>

/** An operation that was asked for; or why it cannot be done, whatever there is. */
export interface Asked {
  kind: WritableKind
  operation: Operation<unknown>
  refusal?: ApiError | undefined
}

export interface Outcome {
  verdict: 'applied' | 'unchanged' | 'conflict' | 'deleted' | 'rejected'
  revision?: number | undefined
  /** Of a conflict: the current state; null when it is deleted. */
  value?: object | null
  /** Why it is rejected. */
  error?: ApiError
}

/** Operations of one batch, about: the longest wait of another write. */
const maxBatchSize = 100

interface Context {
  userId: UserId
  kinds: Readonly<Record<WritableKind, AnyThings>>
  operations: ReturnType<typeof operationStore>
  quotas: Pick<Quotas, 'usage' | 'spend' | 'hasRoom'>
  commit: Commit
  /** Works on things when no other request works on one of them. */
  inTurn<T>(ids: readonly string[], work: () => Promise<T>): Promise<T>
  /** Epoch ms. */
  now: number
}

type Numbered = Asked & { index: number }

/**
 * Does operations in order, each or not by itself, some in a batch: all of one thing are in the same one, so that what is
 * interrupted has been done to the end or not at all for each thing. Between batches others have their turn.
 * @returns their outcomes, when all of them are on the disk.
 * @throws {ApiError} `unavailable` when others write the same things again and again; what is done by then stays.
 */
export async function runOperations(context: Context, asked: readonly Asked[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = asked.map(({ refusal }) => ({ verdict: 'rejected', ...(refusal && { error: refusal }) }))
  const possible = asked.map((one, index) => ({ ...one, index })).filter(({ refusal }) => !refusal)
  let hasCommitted = false
  for (const batch of batchesOf(possible)) {
    const ids = [...new Set(batch.map(({ operation }) => operation.id))]
    if (await context.inTurn(ids, () => runBatch(context, batch, outcomes))) hasCommitted = true
  }
  // Also who changes nothing must still be allowed to.
  if (!hasCommitted) await context.commit([])
  return outcomes
}

const keyOf = ({ kind, operation }: Asked) => `${kind} ${operation.id}`

function batchesOf(asked: readonly Numbered[]): Numbered[][] {
  const batches: Numbered[][] = []
  let batch: Numbered[] = []
  for (const ofOne of Map.groupBy(asked, keyOf).values()) {
    if (batch.length > 0 && batch.length + ofOne.length > maxBatchSize) {
      batches.push(batch)
      batch = []
    }
    batch.push(...ofOne)
  }
  if (batch.length > 0) batches.push(batch)
  return batches.map(one => one.sort((a, b) => a.index - b.index))
}

/** @returns whether something was committed. */
function runBatch(context: Context, batch: readonly Numbered[], outcomes: Outcome[]): Promise<boolean> {
  const { userId, kinds, quotas, commit } = context
  let used: Usage | undefined
  return untilFirst(async () => {
    const plan = await planOf(context, batch, used)
    for (const [index, outcome] of plan.outcomes) outcomes[index] = outcome
    if (plan.writes.length === 0) return false
    const counts = [...plan.steps].map(([kind, steps]) => kinds[kind].count(steps))
    const guards = [...plan.steps].flatMap(([kind, steps]) =>
      kinds[kind].freeWrites(steps.flatMap(({ mustBeFree = [] }) => mustBeFree)),
    )
    const written = await attempted(commit, [...counts.map(({ write }) => must(write)), ...guards, ...plan.writes])
    if (written) {
      for (const [i, { written: done }] of counts.entries())
        done((written[i] as { version: number }[])[0]?.version as number)
      return true
    }
    // Somebody else was there first, or there is no room: only with what is used is it known for which of them.
    used = await quotas.usage(userId)
    return undefined
  })
}

/**
 * Why an operation is rejected.
 * @throws what is no fault of the operation: the request fails with it.
 */
export function refusalOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  throw error
}

/** The rows of the writes; undefined where somebody else was there first. */
async function attempted(
  commit: Commit,
  writes: readonly BoundWrite<unknown>[],
): Promise<readonly unknown[] | undefined> {
  try {
    return await commit(writes)
  } catch (error) {
    if (error instanceof Conflict) return undefined
    throw error
  }
}

interface Plan {
  outcomes: [index: number, Outcome][]
  // biome-ignore lint/suspicious/noExplicitAny: as of `AnyThings`.
  steps: Map<WritableKind, Step<any>[]>
  /** All but those that count. */
  writes: BoundWrite<unknown>[]
}

async function planOf(context: Context, batch: readonly Numbered[], used: Usage | undefined): Promise<Plan> {
  const { userId, kinds, operations, quotas, now } = context
  const left: Usage | undefined = used && { ...used }
  const operationIds = batch.flatMap(({ operation }) =>
    operation.op !== 'create' && operation.op_id ? [operation.op_id as OperationId] : [],
  )
  const [known, states] = await Promise.all([
    operationIds.length > 0 ? operations.known(userId, operationIds) : new Map<string, number>(),
    statesOf(context, batch),
  ])
  const chains = new Map<string, Chain<Revised>>()
  const plan: Plan = { outcomes: [], steps: new Map(), writes: [] }
  const keeps: BoundWrite<unknown>[] = []
  for (const { index, ...asked } of batch) {
    const key = keyOf(asked)
    const chain = chains.get(key) ?? chainOf(states.get(key))
    chains.set(key, chain)
    try {
      plan.outcomes.push([index, await planned(asked, chain)])
    } catch (error) {
      plan.outcomes.push([index, { verdict: 'rejected', error: refusalOf(error) }])
    }
  }
  if (keeps.length > 0) plan.writes.push(...keeps, operations.trimWrite(userId))
  return plan

  /** Plans one operation, behind those before it on the same thing. */
  async function planned({ kind, operation }: Asked, chain: Chain<Revised>): Promise<Outcome> {
    const things = kinds[kind]
    const { outcome, step: wanted } = await decide(operation, chain, things, known)
    const step = wanted && left && !quotas.hasRoom(left, wanted.gains) ? (wanted.lighter ?? wanted) : wanted
    if (step) {
      if (left) quotas.spend(left, step.gains)
      follow(chain, operation.op, step)
      plan.writes.push(...step.writes)
      const steps = plan.steps.get(kind) ?? []
      plan.steps.set(kind, steps)
      steps.push(step)
    }
    const revision = revisionOf(chain.state)
    if (outcome === 'applied') remember(operation, revision as number)
    else if (outcome === 'unchanged') remember(operation, changedNothing)
    if (outcome !== 'conflict') return { verdict: outcome, revision }
    const { state } = chain
    return { verdict: outcome, revision, value: state && 'living' in state ? things.shown(state.living) : null }
  }

  function remember({ op, op_id: id }: Operation<unknown>, revision: number) {
    if (op === 'create' || id === undefined || known.has(id)) return
    known.set(id, revision)
    keeps.push(operations.keepWrite(userId, id as OperationId, revision, now))
  }
}

/** The things of a batch, by kind and id. */
async function statesOf({ kinds }: Context, batch: readonly Numbered[]): Promise<Map<string, State<Revised>>> {
  const byKind = Map.groupBy(batch, ({ kind }) => kind)
  const found = await Promise.all(
    [...byKind].map(async ([kind, asked]) => {
      const load = async (ids: Iterable<string>): Promise<Map<string, State<Revised>>> =>
        kinds[kind].load([...new Set(ids)])
      const states = await load(asked.map(({ operation }) => operation.id))
      // The living and the deleted are read one after the other: what is deleted or restored in between is in neither.
      const nowhere = asked.filter(({ operation: { op, id } }) => op !== 'create' && !states.has(id))
      if (nowhere.length > 0) {
        for (const [id, state] of await load(nowhere.map(({ operation }) => operation.id))) states.set(id, state)
      }
      return [...states].map(([id, state]) => [`${kind} ${id}`, state] as const)
    }),
  )
  return new Map(found.flat())
}
