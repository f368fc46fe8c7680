import { ApiError } from '../errors.ts'
import type { SequenceItem, Side } from '../vocabulary.ts'
import type { PoseFinder } from './poses.ts'

/** The poses of a sequence, one after the other. */

export const maxItems = 300
/** A breath is counted as this many seconds. */
export const secondsPerBreath = 5

/** An item as a client sends it. Absent and null fields are filled in from the pose, where possible. */
export interface SentItem {
  pose_id?: string | null
  name?: string | null
  section?: string | null
  side?: Side | null
  seconds?: number | null
  breaths?: number | null
  cue?: string | null
}

/** The seconds that an item is held on one side. */
export function secondsOnce({ seconds, breaths }: Pick<SequenceItem, 'seconds' | 'breaths'>): number {
  return seconds ?? (breaths ?? 0) * secondsPerBreath
}

/** The seconds that an item takes: with `both` it is held twice. */
export function secondsOf(item: Pick<SequenceItem, 'seconds' | 'breaths' | 'side'>): number {
  return secondsOnce(item) * (item.side === 'both' ? 2 : 1)
}

/** The seconds that they take together. */
export function totalSeconds(items: readonly SequenceItem[]): number {
  return items.reduce((sum, item) => sum + secondsOf(item), 0)
}

/**
 * The stored form of an item, or a sentence about what is wrong with it. A pose's own name replaces the one that was
 * sent; without a time the pose is held for its typical time; without a side a two-sided pose is done on both.
 * @param the item's path in the body (`poses.3`), for the sentence; absent when it is the body.
 */
export function readItem(sent: SentItem, poseOf: PoseFinder, where?: string): SequenceItem | string {
  const it = where ?? 'the body'
  const { pose_id: id = null, section = null, cue = null } = sent
  const pose = id === null ? undefined : poseOf(id)
  if (id !== null && !pose) {
    return `${where === undefined ? '' : `${where}.`}pose_id is neither in the catalogue nor one of your poses`
  }
  const name = pose?.name ?? sent.name ?? null
  if (name === null) return `${it} must have a pose_id or a name`
  const breaths = sent.breaths ?? null
  const given = sent.seconds ?? null
  if (given !== null && breaths !== null) return `${it} must have seconds or breaths, not both`
  const seconds = given ?? (breaths === null ? (pose?.hold_seconds ?? null) : null)
  if (seconds === null && breaths === null) return `${it} must have seconds or breaths, as it has no pose_id`
  const side = sent.side === undefined && pose?.two_sided ? 'both' : (sent.side ?? null)
  return { pose_id: pose?.id ?? null, name, section, side, seconds, breaths, cue }
}

/** More sentences would not help. */
const maxSentences = 20

/**
 * The stored form of submitted items.
 * @throws {ApiError} `invalid_request`, a sentence per item that is wrong.
 */
export function readItems(sent: readonly SentItem[], poseOf: PoseFinder): SequenceItem[] {
  const items = sent.map((item, i) => readItem(item, poseOf, `poses.${i}`))
  const wrong = items.filter(item => typeof item === 'string')
  if (wrong.length > 0) throw new ApiError('invalid_request', wrong.slice(0, maxSentences))
  return items.filter(item => typeof item !== 'string')
}

/**
 * The items after a change to one of them.
 * @param position of it, from 1.
 * @throws {ApiError} `not_found` where there is none, `invalid_request` when the result is not a valid item.
 */
export function withItemChanged(
  items: SequenceItem[],
  position: number,
  change: SentItem,
  poseOf: PoseFinder,
): SequenceItem[] {
  const item = items[position - 1]
  if (!item) throw new ApiError('not_found', 'No pose at this position.')
  const changed = readItem(withChange(item, change), poseOf)
  if (typeof changed === 'string') throw new ApiError('invalid_request', changed)
  return items.with(position - 1, changed)
}

/**
 * An item after a change, to be read like a new one. Absent fields stay; a new name alone replaces the pose, and a new
 * time replaces the old one, in seconds or breaths.
 */
export function withChange(item: SequenceItem, change: SentItem): SentItem {
  const isSet = (value: unknown) => value !== undefined && value !== null
  return {
    ...item,
    ...change,
    ...(isSet(change.name) && change.pose_id === undefined && { pose_id: null }),
    ...(isSet(change.seconds) && { breaths: change.breaths ?? null }),
    ...(isSet(change.breaths) && { seconds: change.seconds ?? null }),
  }
}

/** The items with the current names of their poses; an item whose pose no longer exists keeps its name. */
export function resolved(items: readonly SequenceItem[], poseOf: PoseFinder): SequenceItem[] {
  return items.map(item => {
    const pose = item.pose_id === null ? undefined : poseOf(item.pose_id)
    return { ...item, pose_id: pose?.id ?? null, name: pose?.name ?? item.name }
  })
}

/**
 * The items in another order.
 * @param order their current positions, from 1, in the new order.
 * @throws {ApiError} `invalid_request` when it does not name each of them once.
 */
export function reordered(items: readonly SequenceItem[], order: readonly number[]): SequenceItem[] {
  const moved = order.flatMap(position => items[position - 1] ?? [])
  const complete = moved.length === items.length && order.length === items.length
  if (!complete || new Set(order).size !== items.length)
    throw new ApiError('invalid_request', `order must list each of the ${items.length} positions exactly once`)
  return moved
}
