/** Dates, times and numbers, as the browser's language writes them. A day is `YYYY-MM-DD`, which has no zone. */

const locale = knownLocale(typeof navigator === 'undefined' ? 'en' : navigator.language)

/** The language, or English where `Intl` refuses it: Chromium takes `en-US@posix` from a system without one. */
export function knownLocale(language: string): string {
  try {
    return new Intl.Locale(language).toString()
  } catch {
    return 'en'
  }
}

/** Makes formatters once: making one costs a hundred times what using it does. */
function once<Options, Made>(make: (options: Options | undefined) => Made): (options?: Options) => Made {
  const known = new Map<string | undefined, Made>()
  return options => {
    const key = options && JSON.stringify(options)
    const made = known.get(key) ?? make(options)
    known.set(key, made)
    return made
  }
}
const formatter = once<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>(it => new Intl.DateTimeFormat(locale, it))
const numbers = once<Intl.NumberFormatOptions, Intl.NumberFormat>(it => new Intl.NumberFormat(locale, it))
const relative = once(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }))
/** In the language of the sentence around a list, which is English; dates and numbers are the browser's. */
const lists = once(() => new Intl.ListFormat('en-GB', { type: 'conjunction' }))

const atNoon = (day: string) => new Date(`${day}T12:00:00Z`)
/** The formatter is looked up once: a year has 365 days to name. */
function ofDay(options: Intl.DateTimeFormatOptions): (day: string) => string {
  let format: Intl.DateTimeFormat | undefined
  return day => {
    format ??= formatter({ ...options, timeZone: 'UTC' })
    return format.format(atNoon(day))
  }
}

/** `24 November`. */
export const dayAndMonth = ofDay({ day: 'numeric', month: 'long' })
/** `24 November`: the day of an instant, where the browser is. */
export const dayAndMonthAt = (instant: string | number): string =>
  formatter({ day: 'numeric', month: 'long' }).format(new Date(instant))
/** `24–28 November 2026`. */
export const dayRange = (from: string, to: string): string =>
  formatter({ dateStyle: 'long', timeZone: 'UTC' }).formatRange(atNoon(from), atNoon(to))
/** `Tue, 24 Nov`. */
export const shortDay = ofDay({ weekday: 'short', day: 'numeric', month: 'short' })
/** `Tuesday, 24 November 2026`. */
export const fullDay = ofDay({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
/** `Tuesday`. */
export const weekday = ofDay({ weekday: 'long' })
/** `Tue`. */
export const shortWeekday = ofDay({ weekday: 'short' })
/** `November 2026`. */
export const monthAndYear = ofDay({ month: 'long', year: 'numeric' })
/** `Nov`. */
export const shortMonth = ofDay({ month: 'short' })

/** `21:15`, or `9:15 pm`: of an instant, in a zone. */
export const time = (instant: string | number, timeZone?: string): string =>
  formatter({ hour: 'numeric', minute: '2-digit', ...(timeZone && { timeZone }) }).format(new Date(instant))

/** `04:00`, or `4 am`: an hour of the day. */
export const hour = (at: number): string =>
  formatter({ hour: 'numeric', minute: '2-digit', timeZone: 'UTC' }).format(new Date(Date.UTC(2000, 0, 1, at)))

/** Day and time of an instant. */
export const dayAndTime = (instant: string | number, timeZone?: string): string =>
  formatter({ dateStyle: 'medium', timeStyle: 'short', ...(timeZone && { timeZone }) }).format(new Date(instant))

/** `today`, `yesterday`, `in 3 days`; further away the day itself. */
export function relativeDay(day: string, today: string, maxDays = 1): string {
  const days = daysBetween(today, day)
  if (Math.abs(days) > maxDays) return day.slice(0, 4) === today.slice(0, 4) ? shortDay(day) : fullDay(day)
  return relative().format(days, 'day')
}

/** From one day to another; negative backwards. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((atNoon(to).getTime() - atNoon(from).getTime()) / 86_400_000)

/** A day that many days later. */
export const addDays = (day: string, days: number): string =>
  new Date(atNoon(day).getTime() + days * 86_400_000).toISOString().slice(0, 10)

export const number = (value: number, options?: Intl.NumberFormatOptions): string => numbers(options).format(value)

export const list = (items: readonly string[]): string => lists().format(items)

/** `capitalized`: the first letter of a sentence. */
export const sentence = (text: string): string => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)

/** A sentence that another one follows: servers end theirs with a full stop or without. */
export const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

const plurals = new Intl.PluralRules('en')
/** `1 day`, `2 days`. */
export const count = (value: number, one: string, other: string): string =>
  `${number(value)} ${plurals.select(value) === 'one' ? one : other}`

/**
 * The words for a value of the server; of one that this app does not know, being older than the server, its own.
 * @param names the words by value.
 */
export function wordsFor<K extends string>(names: Readonly<Record<K, string>>, value: K): string {
  return Object.hasOwn(names, value) ? names[value] : sentence(value.replaceAll(/[_-]/g, ' '))
}
