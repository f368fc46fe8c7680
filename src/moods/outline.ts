import type { DayNumber } from './calendar.ts'
import { type History, hasOthers, nextDay, type Run, runsOf, withEntry, withoutEntry } from './streak.ts'

/**
 * A history without its days: what every answer about streaks is made of. As large as its runs are many, however long
 * they are. Never changed in place.
 */
export type Outline = Pick<History, 'runs' | 'onTimeRuns' | 'total' | 'skipped'>

/** A history with its exact version of the user's moods. */
export interface VersionedHistory extends History {
  version: number
}

/** The same with its days only where they were read. */
export interface VersionedOutline extends Outline {
  version: number
}

/** A history after a write, as it is written with it. */
export interface Carried {
  /** The version that it follows. */
  from: number
  before: Outline
  after: VersionedOutline
  snapshot: string | null
}

/** Whether a history has its days. */
export function hasDays<O extends Outline>(outline: O): outline is O & History {
  return 'days' in outline
}

/** The day of an entry, and whether it was logged on that day. */
export interface Placed {
  day: DayNumber
  onTime: boolean
}

/** What a write does to a history: one entry more on a day, one less, or one that moves. */
export interface Change {
  added?: Placed | undefined
  removed?: Placed | undefined
}

/**
 * The history after changes that were made together, one after the other. Undefined as of `changed`.
 */
export function changedBy<O extends Outline>(outline: O, changes: readonly Change[]): O | undefined {
  let after: O | undefined = outline
  for (const change of changes) after = after && changed(after, change)
  return after
}

/**
 * The history after a change, with its days where it has them. Undefined where that takes the number of entries of a day,
 * which only a history with days knows.
 */
export function changed<O extends Outline>(outline: O, { added, removed }: Change): O | undefined {
  const isSameDay = added !== undefined && added.day === removed?.day
  if (isSameDay && added.onTime === removed?.onTime) return outline
  if (hasDays(outline)) {
    const less: O & History = removed ? { ...outline, ...withoutEntry(outline, removed.day, removed.onTime) } : outline
    return added ? { ...less, ...withEntry(less, added.day, added.onTime) } : less
  }
  if (isSameDay) return added.onTime ? { ...outline, onTimeRuns: onTimeRunsWith(outline, added) } : undefined
  if (removed) return undefined
  if (!added) return outline
  const runs = runsWith(outline.runs, added.day, outline.skipped)
  const isSame = added.onTime && outline.onTimeRuns === outline.runs
  return { ...outline, runs, onTimeRuns: isSame ? runs : onTimeRunsWith(outline, added), total: outline.total + 1 }
}

/**
 * The outline after a change, or undefined, as `changed` tells it. Only a removal that may empty a day needs the days of the
 * history; otherwise they are left out, and nothing as long as the history is copied.
 */
export function outlineAfter(outline: Outline, { added, removed }: Change): Outline | undefined {
  if (removed && !(hasDays(outline) && hasOthers(outline, removed))) return changed(outline, { added, removed })
  const { runs, onTimeRuns, total, skipped } = outline
  return changed({ runs, onTimeRuns, total: total - (removed ? 1 : 0), skipped }, { added })
}

/** What takes a change back. */
export const undoing = ({ added, removed }: Change): Change => ({ added: removed, removed: added })

function onTimeRunsWith({ onTimeRuns, skipped }: Outline, { day, onTime }: Placed): readonly Run[] {
  return onTime ? runsWith(onTimeRuns, day, skipped) : onTimeRuns
}

/** The runs after an entry on a day. */
export function runsWith(runs: readonly Run[], day: DayNumber, skipped: readonly DayNumber[]): readonly Run[] {
  const at = runs.findLastIndex(({ from }) => from <= day)
  const before = runs[at]
  if (before && day <= before.to) {
    if (!before.skipped?.includes(day)) return runs
    // Logged before the zone changed to one in which the day does not exist.
    return runs.with(at, runOf(before.from, before.to, before.skipped.toSpliced(before.skipped.indexOf(day), 1)))
  }
  const after = runs[at + 1]
  const joinsBefore = before && nextDay(before.to, skipped) >= day ? before : undefined
  const joinsAfter = after && nextDay(day, skipped) >= after.from ? after : undefined
  const [from, to] = [joinsBefore?.from ?? day, joinsAfter?.to ?? day]
  const passed = skipped.filter(
    gone =>
      (joinsBefore && joinsBefore.to < gone && gone < day) || (joinsAfter && day < gone && gone < joinsAfter.from),
  )
  const joined = runOf(from, to, [...(joinsBefore?.skipped ?? []), ...passed, ...(joinsAfter?.skipped ?? [])])
  const replaced = Number(joinsBefore !== undefined) + Number(joinsAfter !== undefined)
  return runs.toSpliced(joinsBefore ? at : at + 1, replaced, joined)
}

function runOf(from: DayNumber, to: DayNumber, skipped: readonly DayNumber[]): Run {
  return skipped.length === 0 ? { from, to } : { from, to, skipped }
}

/** The runs with some days more, of which some may be there already. */
export function withDays(
  days: readonly DayNumber[],
  added: ReadonlySet<DayNumber>,
  skipped: readonly DayNumber[],
): readonly Run[] {
  return runsOf(
    [...new Set([...days, ...added])].sort((a, b) => a - b),
    skipped,
  )
}
