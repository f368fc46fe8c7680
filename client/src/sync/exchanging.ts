import type { Client } from '../client.ts'
import { type Environment, newId } from '../environment.ts'
import { ApiProblem, SignedOut } from '../problem.ts'
import type { SyncAnswer } from '../wire.ts'
import type { Copy, Draft } from './copy.ts'
import { aboutToBeSent, behindBy, nextBatch, notUnderstood, operationOf, reject, takeIn } from './exchange.ts'
import type { Synced } from './in-step.ts'
import type { Lock } from './lock.ts'
import { forgetExpired } from './queueing.ts'
import { isOpen, type Queued } from './records.ts'

const maxOperations = 500
/** Rounds in a row that led to nothing. A few are others who write the same things; more are a server that is wrong. */
const maxFutileRounds = 10

interface Context {
  client: Client
  copy: Copy
  environment: Environment
  /** Decides which tab syncs for all. */
  lock: Lock
}

interface Round {
  sent: number
  received: number
  /** Whether the server has to be asked again, whatever is queued. */
  more: boolean
  /** Whether it changed nothing: the writes sent are still to be sent, or there is more and nothing of it came. */
  futile: boolean
}

/** Exchanging with the server, until nothing is left or it gets no further. */
export function exchanging({ client, copy, environment, lock }: Context) {
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
    // They stay in the queue and are sent again by a later sync, after a pause: the app may be a newer one by then.
    const held = new Set<number>()
    await copy.refresh()
    for (let futile = 0; futile < maxFutileRounds; ) {
      again = false
      const round = await exchange(signal, held)
      total.sent += round.sent
      total.received += round.received
      futile = round.futile ? futile + 1 : 0
      if (!round.more && !again && nextBatch(copy.now, 1, held).length === 0) return { ...total, done: held.size === 0 }
      await renew()
    }
    return { ...total, done: false }
  }

  /** What is sent next; from now on it stays as it is. */
  function leaving(draft: Draft, behindMs: number, held: ReadonlySet<number>): Queued[] {
    return nextBatch(draft, maxBatch, held).map(op => {
      if (op.sent) return op
      const sent = aboutToBeSent(op, environment.now(), behindMs)
      draft.setOp(sent)
      return sent
    })
  }

  /** @param held writes that wait; those whose results are not understood are added. */
  async function exchange(signal: AbortSignal | undefined, held: Set<number>): Promise<Round> {
    const { batch, born, cursor, behindMs } = await copy.change(draft => {
      const { behindMs, cursor } = draft.meta
      const born = draft.born ?? newId(environment, environment.now())
      if (draft.born === undefined) draft.born = born
      // Before the first answer nobody knows whether the clock is right.
      const batch = behindMs === undefined ? [] : leaving(draft, behindMs, held)
      return { batch, born, cursor, behindMs }
    })
    /** Another tab may have deleted the copy meanwhile: nothing is to come back into it. */
    const change = (work: (draft: Draft) => void) =>
      copy.change(draft => {
        if (draft.born !== born) throw new SignedOut()
        work(draft)
      })
    const operations = batch.map(operationOf)
    const asked = environment.now()
    try {
      const { body, headers } = await client.request({
        method: 'POST',
        path: '/sync',
        body: { cursor, operations },
        repeatable: true,
        ...(signal && { signal }),
      })
      const answer = body as SyncAnswer
      const [told, came] = [Date.parse(headers.get('Date') ?? ''), environment.now()]
      await change(draft => {
        takeIn(draft, batch, cursor, answer)
        const known = draft.meta.behindMs ?? 0
        const behindMs = Number.isNaN(told) ? known : behindBy({ asked, came, told }, known)
        draft.meta = { ...draft.meta, behindMs }
        forgetExpired(draft, came + behindMs)
      })
      for (const { seq } of notUnderstood(batch, answer)) held.add(seq)
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
