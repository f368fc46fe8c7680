import { LRUCache } from 'lru-cache'
import { ApiError } from '../errors.ts'
import type { UserId } from '../ids.ts'

export interface KeyLimitOptions {
  /** Keys that an account can use within their lifetime. */
  maxKeys?: number
  /** New keys of an account in this process after which the keys of all processes are counted again. */
  recountAfter?: number
  /** Accounts that are remembered; the least recently active one is counted again. */
  maxAccounts?: number
}

/** A full account is counted again after this long, in ms. */
const fullForMs = 60_000

interface Count {
  keys: number
  /** When the oldest of them expires; undefined where there is none. Epoch ms. */
  freeAt?: number | undefined
}

/**
 * Bounds the idempotency keys of an account. None goes before its time, because a retry would create something twice; so
 * beyond the limit new ones are refused. The rows are counted now and then only, and in between each process counts by
 * itself: the limit is exceeded by what the other processes have added meanwhile.
 * @param count the keys of an account that have not expired, at a time (epoch ms).
 */
export function keyLimit(
  count: (userId: UserId, at: number) => Promise<Count>,
  { maxKeys = 20_000, recountAfter = 1_000, maxAccounts = 10_000 }: KeyLimitOptions = {},
) {
  const known = new LRUCache<UserId, Count & { added: number; countedAt: number }>({ max: maxAccounts })

  async function current(userId: UserId, at: number) {
    const before = known.get(userId)
    const isFull = before && before.keys >= maxKeys
    if (before && (isFull ? at - before.countedAt < fullForMs : before.added < recountAfter)) return before
    const counted = { ...(await count(userId, at)), added: 0, countedAt: at }
    known.set(userId, counted)
    return counted
  }

  return {
    /**
     * Counts a new key.
     * @param at now, epoch ms.
     * @throws {ApiError} `too_many_requests` when the account has used too many.
     */
    async add(userId: UserId, at: number): Promise<void> {
      const counted = await current(userId, at)
      if (counted.keys >= maxKeys) throw tooMany(maxKeys, Math.max(fullForMs, (counted.freeAt ?? at) - at))
      counted.keys++
      counted.added++
    },
  }
}

function tooMany(maxKeys: number, retryAfterMs: number): ApiError {
  const sentence = `This account has used ${maxKeys} idempotency keys within 24 hours. Send requests without one, or wait.`
  return new ApiError('too_many_requests', sentence, { retryAfterMs })
}
