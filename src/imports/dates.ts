import { type DayNumber, parseDay } from '../moods/calendar.ts'
import { quoted, RefusedRow } from './row.ts'

/** Dates and times as apps and spreadsheets write them. Only what can mean one thing is read. */

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** A text in the characters that patterns know: without unusual spaces and digits. */
const plain = (text: string) => text.normalize('NFKC').replace(/\s+/g, ' ').trim()

/** The month of an English name or its first three letters (`sept` too), from 1; undefined for anything else. */
export function monthOf(name: string): number | undefined {
  const key = name.toLowerCase().replace(/\.$/, '')
  if (key.length < 3) return undefined
  const index = months.findIndex(
    month => month === key || month.slice(0, 3) === key || (key === 'sept' && month === 'september'),
  )
  return index < 0 ? undefined : index + 1
}

/** The weekday of an English name or its first three letters, 0 for Sunday; undefined for anything else. */
function weekdayOf(name: string): number | undefined {
  const key = plain(name).toLowerCase()
  const index = key.length < 3 ? -1 : weekdays.findIndex(day => day === key || day.slice(0, 3) === key)
  return index < 0 ? undefined : index
}

/** The day of numbers, or undefined where there is no such day. */
export function dayFrom(year: string | number, month: string | number, day: string | number): DayNumber | undefined {
  return parseDay(`${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`)
}

const notADate = (text: string) => new RefusedRow(`${quoted(text)} is not a date`)
const ambiguous = (text: string) =>
  new RefusedRow(`${quoted(text)} is ambiguous (day first or month first?); write it as 2021-09-27`)

/**
 * A date with its year: `2021-09-27` (also with `/` or `.`), `27.09.2021`, `27/09/2021` where the day cannot be a month,
 * `27 September 2021`, `Sep 27, 2021`.
 * @throws {RefusedRow}
 */
export function readDate(text: string): DayNumber {
  const said = plain(text)
  const [, year, , month, day] = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?$/.exec(said) ?? []
  if (year !== undefined) return dayFrom(year, month as string, day as string) ?? refuse(notADate(text))
  const [, first, separator, second, last] = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/.exec(said) ?? []
  if (first !== undefined && second !== undefined && last !== undefined) {
    // Wherever dots stand in dates, the day comes first.
    if (separator === '.') return dayFrom(last, second, first) ?? refuse(notADate(text))
    return onlyOne(text, [dayFrom(last, second, first), dayFrom(last, first, second)])
  }
  const [, named, yearOfNamed] = /^(.*?),? (\d{4})$/.exec(said) ?? []
  return dayOfMonth(named ?? '', yearOfNamed ?? '') ?? refuse(notADate(text))
}

/**
 * A date without its year, which stands beside it: English months in either order (`29 March`, `March 29`); numbers only
 * where the weekday decides.
 * @throws {RefusedRow}
 */
export function readDateOfYear(year: string, text: string, weekday: string): DayNumber {
  const said = plain(text)
  const readYear = plain(year)
  if (!/^\d{4}$/.test(readYear)) throw new RefusedRow(`${quoted(year)} is not a year`)
  const named = dayOfMonth(said, readYear)
  if (named !== undefined) return named
  const [, first, second] = /^(\d{1,2})[-/.] ?(\d{1,2})\.?$/.exec(said) ?? []
  if (first === undefined || second === undefined) throw notADate(text)
  const wanted = weekdayOf(weekday)
  const possible = [dayFrom(readYear, second, first), dayFrom(readYear, first, second)]
  const days = possible.filter(day => day !== undefined && (wanted === undefined || weekdayOn(day) === wanted))
  if (days.length === 0) throw notADate(text)
  return onlyOne(text, days)
}

/** 1 January 1970 was a Thursday. */
const weekdayOn = (day: DayNumber) => (((day + 4) % 7) + 7) % 7

/** `29 March`, `March 29`, `29. March`. */
function dayOfMonth(text: string, year: string): DayNumber | undefined {
  const [, day, month] = /^(\d{1,2})\.? (?:of )?([a-z]+\.?)$/i.exec(text) ?? []
  const [, monthFirst, dayLast] = /^([a-z]+\.?) (\d{1,2})$/i.exec(text) ?? []
  const name = month ?? monthFirst
  const number = day ?? dayLast
  const found = name === undefined ? undefined : monthOf(name)
  return found === undefined || number === undefined ? undefined : dayFrom(year, found, number)
}

function onlyOne(text: string, days: readonly (DayNumber | undefined)[]): DayNumber {
  const different = new Set(days.filter(day => day !== undefined))
  const [only] = different
  if (only === undefined) throw notADate(text)
  if (different.size > 1) throw ambiguous(text)
  return only
}

/**
 * A local time: `22:00`, `22:00:30`, `10:00 pm`, `10.00 p.m.`.
 * @returns `HH:MM` or `HH:MM:SS`.
 * @throws {RefusedRow}
 */
export function readTime(text: string): string {
  const [, hours, minutes, seconds, half] =
    /^(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?: ?([ap])\.? ?m\.?)?$/i.exec(plain(text)) ?? []
  const hour = hourOf(Number(hours), half?.toLowerCase())
  if (hour === undefined || Number(minutes) > 59 || Number(seconds ?? 0) > 59)
    throw new RefusedRow(`${quoted(text)} is not a time`)
  return `${String(hour).padStart(2, '0')}:${minutes}${seconds === undefined ? '' : `:${seconds}`}`
}

/** The hour of the day; undefined where there is none. */
function hourOf(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour <= 23 ? hour : undefined
  if (hour < 1 || hour > 12) return undefined
  return (hour % 12) + (half === 'p' ? 12 : 0)
}

function refuse(reason: RefusedRow): never {
  throw reason
}
