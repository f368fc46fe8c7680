import { randomFillSync } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'

declare const kind: unique symbol

/**
 * Ids are text in the database and on the wire; here each kind is a type of its own, so that two of different kinds cannot
 * be swapped. A text becomes one at the edges only: a request's parameters (`idFrom`), a new id (`newId`), a credential.
 */
export type Id<Kind extends string> = string & { readonly [kind]: Kind }

export type UserId = Id<'user'>
export type EntryId = Id<'entry'>
/** Of an import of moods. */
export type ImportId = Id<'import'>
export type TaskId = Id<'task'>
export type PoseId = Id<'pose'>
export type SequenceId = Id<'sequence'>
export type PracticeId = Id<'practice'>
export type SessionId = Id<'session'>
/** Of a personal access token. */
export type TokenId = Id<'token'>
/** Of an identity at a provider that a person has linked. */
export type LinkId = Id<'link'>
export type EventId = Id<'event'>
/** Of a line of the admins' audit. */
export type ActionId = Id<'action'>
/** Of a code that verifies an address or sets a forgotten password. */
export type OneTimeCodeId = Id<'one-time code'>
/** Of a code that an app swaps for a sign-in. */
export type AuthorizationCodeId = Id<'authorization code'>
/** Of an operation that a device syncs. */
export type OperationId = Id<'operation'>

/** Of a browser or phone that is reminded by Web Push. */
export type PushSubscriptionId = Id<'push subscription'>

export type AnyId = Id<string>

/** Random bytes of an id; `uuid` wants as many as the id has, although the time takes the place of six. */
const idBytes = 16
/** Random bytes for the next 64 ids: drawing those of each alone takes longer than the rest of making it. */
const pool = Buffer.alloc(64 * idBytes)
let poolOffset = pool.length

function nextRandomBytes(): Buffer {
  if (poolOffset === pool.length) {
    randomFillSync(pool)
    poolOffset = 0
  }
  poolOffset += idBytes
  return pool.subarray(poolOffset - idBytes, poolOffset)
}

/** The time of the last id, and its number among those of that millisecond. */
const last = { msecs: 0, seq: 0 }

/** A new id: a UUIDv7, so that ids are in the order of time, those of one millisecond and one process too. */
export function newId<T extends AnyId>(): T {
  const random = nextRandomBytes()
  const now = Date.now()
  if (now > last.msecs) {
    last.msecs = now
    // As `uuid` chooses it: 31 bits, so that there is room to count up from any of them.
    last.seq = random.readUInt32BE(6) >>> 1
  } else last.seq++
  return uuidv7({ random, ...last }) as T
}

/** A submitted id in its stored spelling. Its format has been checked. */
export function idFrom<T extends AnyId>(text: string): T {
  return text.toLowerCase() as T
}
