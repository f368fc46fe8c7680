import { type DayNumber, dayOf } from './calendar.ts'
import type { Outline } from './outline.ts'
import type { Run } from './streak.ts'

/**
 * A history as it is kept beside its user, so that a first page need not read every day: text that names its format and
 * the version of the moods that it is of. One of another format or version counts as missing; none is ever wrong
 * (docs/decisions/snapshots.md).
 *
 * `format.version.total.skipped.passed.runs`: the days that did not exist for the person, those of them that lie within
 * runs, and the runs, each as its distance from the one before and its length. These three are lists of numbers of which
 * most take one character. The last two again for the runs of days that were logged in time, unless they are the same.
 */
const format = 2

/** Longer ones are not kept: a row should not become much more expensive to write than the entry. */
const maxLength = 4_000

const firstDay = dayOf('1900-01-01')

/** Five bits of a number in each character, the lowest first; the sixth is set where more follow. */
const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const values = new Uint8Array(128).fill(255)
for (let i = 0; i < characters.length; i++) values[characters.charCodeAt(i)] = i

/**
 * A snapshot of a history, or null where it is too long to be kept.
 * @param version of the user's moods.
 */
export function snapshotOf({ runs, onTimeRuns, total, skipped }: Outline, version: number): string | null {
  const all = textOf(runs)
  const onTime = onTimeRuns === runs ? all : textOf(onTimeRuns)
  const text = [format, version, total, distances(skipped), all, ...(onTime === all ? [] : [onTime])].join('.')
  return text.length <= maxLength ? text : null
}

function textOf(runs: readonly Run[]): string {
  const lengths: number[] = []
  let end = firstDay
  for (const { from, to } of runs) {
    lengths.push(from - end, to - from)
    end = to
  }
  return `${distances(runs.flatMap(run => run.skipped ?? []))}.${encoded(lengths)}`
}

/**
 * The history of a snapshot; undefined where there is none of this version.
 * @param skipped the days that do not exist for the person: a newer release of the time-zone data may say otherwise than
 *   the one that the snapshot was made with.
 */
export function outlineOf(
  snapshot: string | null,
  version: number,
  skipped: readonly DayNumber[],
): Outline | undefined {
  const start = `${format}.${version}.`
  if (!snapshot?.startsWith(start)) return undefined
  const [total, gone, passed, lengths, passedOnTime, onTime] = snapshot.slice(start.length).split('.')
  if (passed === undefined || lengths === undefined || gone !== distances(skipped)) return undefined
  const runs = runsIn(lengths, passed)
  const known = { runs, total: Number(total), skipped }
  if (passedOnTime === undefined) return { ...known, onTimeRuns: runs }
  return onTime === undefined ? undefined : { ...known, onTimeRuns: runsIn(onTime, passedOnTime) }
}

function runsIn(text: string, passedText: string): Run[] {
  const numbers = decoded(text)
  const passed = daysIn(passedText)
  const runs: Run[] = []
  let end = firstDay
  for (let i = 0; i < numbers.length; i += 2) {
    const from = end + (numbers[i] as number)
    end = from + (numbers[i + 1] as number)
    runs.push({ from, to: end })
  }
  if (passed.length === 0) return runs
  return runs.map(run => {
    const skipped = passed.filter(day => run.from < day && day < run.to)
    return skipped.length === 0 ? run : { ...run, skipped }
  })
}

function distances(days: readonly DayNumber[]): string {
  return encoded(days.map((day, i) => day - (days[i - 1] ?? firstDay)))
}

function daysIn(text: string): DayNumber[] {
  let day = firstDay
  return decoded(text).map(distance => {
    day += distance
    return day
  })
}

function encoded(numbers: readonly number[]): string {
  let text = ''
  for (const number of numbers) {
    let rest = number
    while (rest > 31) {
      text += characters[(rest & 31) | 32]
      rest >>>= 5
    }
    text += characters[rest]
  }
  return text
}

function decoded(text: string): number[] {
  const numbers: number[] = []
  let number = 0
  let shift = 0
  for (let i = 0; i < text.length; i++) {
    const value = values[text.charCodeAt(i)] as number
    number |= (value & 31) << shift
    if (value > 31) shift += 5
    else {
      numbers.push(number)
      number = 0
      shift = 0
    }
  }
  return numbers
}
