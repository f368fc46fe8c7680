import { type LoggedDay, meanOf } from '../../days.ts'
import { daysBetween } from '../../format.ts'
import { stepOf } from '../../ui/mood-step.ts'

/** What a month of a year was like. */
export interface Month {
  /** Its first day. */
  first: string
  /** Days up to today. */
  length: number
  logged: number
  valence: number | null
  /** Days of each of the seven moods, the worst first. */
  steps: number[]
}

/** The months of a year up to today, in order. */
export function monthsOf(year: number, days: ReadonlyMap<string, LoggedDay>, today: string): Month[] {
  return Array.from({ length: 12 }, (_, i) => {
    const first = firstOf(year, i + 1)
    const next = i === 11 ? `${year + 1}-01-01` : firstOf(year, i + 2)
    const length = Math.min(daysBetween(first, next), daysBetween(first, today) + 1)
    return { first, length, prefix: first.slice(0, 8) }
  })
    .filter(({ length }) => length > 0)
    .map(({ first, length, prefix }) => {
      const logged: LoggedDay[] = []
      for (let day = 1; day <= length; day++) {
        const found = days.get(prefix + String(day).padStart(2, '0'))
        if (found) logged.push(found)
      }
      const steps = Array.from(
        { length: 7 },
        (_, step) => logged.filter(day => stepOf(day.valence) === step + 1).length,
      )
      return { first, length, logged: logged.length, valence: meanOf(logged.map(day => day.valence)), steps }
    })
}

const firstOf = (year: number, month: number) => `${year}-${String(month).padStart(2, '0')}-01`
