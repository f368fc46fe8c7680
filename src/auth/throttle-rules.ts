import { ApiError } from '../errors.ts'

const minute = 60_000
const hour = 60 * minute

/**
 * The subjects that guesses are counted for: the number of failures without a wait, and the time in ms, from the first
 * of them, after which they are forgotten. A household or an office shares an address and mistypes passwords every
 * morning, so a network has many; but they expire within the hour, so that a busy office does not wait for yesterday's
 * failures.
 */
export const rules = {
  /** A sign-in name, folded; it does not have to exist. */
  name: { free: 5, window: 24 * hour },
  /** A device that has signed in to the account before: the user and the device. */
  device: { free: 5, window: 24 * hour },
  /** A signed-in user who has to confirm the password. */
  user: { free: 5, window: 24 * hour },
  /** A request for an e-mail: each counts, because the recipient did not necessarily ask for it. */
  email: { free: 5, window: hour },
  network: { free: 100, window: hour },
} as const

/** The longest block, in ms: a subject whose failures expired that long ago is free. */
export const maxWaitMs = 15 * minute

/** The waits after the last free failure and each further one, in ms; the last value repeats. */
export const waits = [30_000, minute, 2 * minute, 4 * minute, 8 * minute, maxWaitMs] as const

export interface Subject {
  kind: keyof typeof rules
  name: string
}

/** A subject with its rule and the hash that stands for its name. */
export interface Counted {
  kind: Subject['kind']
  free: number
  window: number
  hash: string
}

/** The error for a subject that is blocked. */
export function tooMany(waitMs: number): ApiError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new ApiError('too_many_requests', `Too many failed attempts. Try again in ${seconds} seconds.`, {
    retryAfterMs: waitMs,
  })
}
