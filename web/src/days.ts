import { computed } from '@preact/signals'
import type { Thing } from '../../client/src/sync/records.ts'
import { entries, settings, streak } from './device.ts'

/** The days of the entries on the device, as the server's statistics count them. */

export type Entry = Thing<'mood'>

export interface LoggedDay {
  date: string
  /** The earliest first. */
  entries: Entry[]
  /** The mean of the valences of its entries, -1 to 1; null where none has one. */
  valence: number | null
}

/** Whether an entry is only here, since the server would not have it. */
const isUnmade = ({ rejected, value }: Entry) => rejected !== undefined && value.revision === 0

export function daysOf(latestFirst: readonly Entry[]): Map<string, LoggedDay> {
  const days = new Map<string, LoggedDay>()
  for (const entry of latestFirst) {
    if (isUnmade(entry)) continue
    const { date } = entry.value
    const day = days.get(date)
    if (day) day.entries.unshift(entry)
    else days.set(date, { date, entries: [entry], valence: null })
  }
  for (const day of days.values()) day.valence = meanOf(day.entries.map(({ value }) => value.valence))
  return days
}

/** The mean of what is known; null of nothing. */
export function meanOf(values: readonly (number | null)[]): number | null {
  let [sum, known] = [0, 0]
  for (const value of values) {
    if (value === null) continue
    sum += value
    known++
  }
  return known === 0 ? null : sum / known
}

/** The days with an entry, by date, the latest first. */
export const days = computed(() => daysOf(entries.value))

/** The person's today. */
export const today = computed(() => streak.value?.streak_details.today ?? new Date().toISOString().slice(0, 10))

/** A valence on the person's own scale. */
export function onOwnScale(valence: number): number {
  const { min, max } = settings.value.mood_scale
  return min + ((valence + 1) / 2) * (max - min)
}

/** A difference of valences in points of the person's own scale. */
export function inOwnPoints(difference: number): number {
  const { min, max } = settings.value.mood_scale
  return (difference * (max - min)) / 2
}
