import { addDays } from '../../format.ts'

/** The geometry of a year: its days, and where the arrow keys lead. */

/** The days of a year, by month. */
export function monthsOfYear(year: number): string[][] {
  return Array.from({ length: 12 }, (_, i) => {
    const first = `${year}-${twoDigits(i + 1)}-01`
    return Array.from({ length: Number(lastOfMonth(first).slice(8)) }, (_, j) => first.slice(0, 8) + twoDigits(j + 1))
  })
}

const twoDigits = (number: number) => String(number).padStart(2, '0')

/**
 * The day that a key leads to; undefined for any other key.
 * @param isUpright whether months stand side by side with their days downwards; otherwise they lie below one another.
 * @param last the last day that can be chosen: today, or the end of the year.
 */
export function movedBy(
  key: string,
  date: string,
  { isUpright, isRightToLeft, last }: { isUpright: boolean; isRightToLeft: boolean; last: string },
): string | undefined {
  const year = date.slice(0, 4)
  const within = (moved: string) => (moved < `${year}-01-01` ? `${year}-01-01` : moved > last ? last : moved)
  const along = { ArrowLeft: isRightToLeft ? 1 : -1, ArrowRight: isRightToLeft ? -1 : 1, ArrowUp: -1, ArrowDown: 1 }
  if (key in along) {
    const step = along[key as keyof typeof along]
    const isVertical = key === 'ArrowUp' || key === 'ArrowDown'
    return within(isVertical === isUpright ? addDays(date, step) : addMonths(date, step))
  }
  if (key === 'PageUp') return within(addMonths(date, -1))
  if (key === 'PageDown') return within(addMonths(date, 1))
  if (key === 'Home') return within(`${date.slice(0, 8)}01`)
  if (key === 'End') return within(lastOfMonth(date))
  return undefined
}

/** The same day of another month of the year, or the last of it; within the year. */
function addMonths(date: string, months: number): string {
  const month = Number(date.slice(5, 7)) + months
  if (month < 1 || month > 12) return date
  const first = `${date.slice(0, 5)}${String(month).padStart(2, '0')}-01`
  const last = lastOfMonth(first)
  const same = first.slice(0, 8) + date.slice(8)
  return same > last ? last : same
}

function lastOfMonth(date: string): string {
  const [year, month] = [Number(date.slice(0, 4)), Number(date.slice(5, 7))]
  return new Date(Date.UTC(year, month, 0, 12)).toISOString().slice(0, 10)
}
