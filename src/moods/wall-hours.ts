import { msPerDay } from './calendar.ts'

/** No zone changes its clocks twice within a week, so equal offsets at both ends hold for all of it. */
const week = 7 * msPerDay
const msPerHour = 3_600_000

/**
 * Reads the hour (0-23) that clocks in a zone show at an instant, for many instants: the runtime is asked for one offset a
 * week and zone, because each answer takes it some microseconds.
 */
export function wallHours(): (instant: number, timezone: string) => number {
  const zones = new Map<string, (number: number) => number>()
  // Most entries are of the zone and the week of the one before.
  let [lastZone, lastWeek] = ['', Number.NaN]
  let [first, next] = [0, 0]
  return (instant, timezone) => {
    const number = Math.floor(instant / week)
    if (timezone !== lastZone || number !== lastWeek) {
      const startOf = zones.get(timezone) ?? offsetsOfWeeks(timezone)
      zones.set(timezone, startOf)
      lastZone = timezone
      lastWeek = number
      first = startOf(number)
      next = startOf(number + 1)
    }
    const local = instant + (first === next ? first : offsetAt(instant, timezone))
    return Math.floor(local / msPerHour) - Math.floor(local / msPerDay) * 24
  }
}

/** The offsets of a zone at the beginnings of weeks, each looked up once. */
function offsetsOfWeeks(timezone: string): (number: number) => number {
  const known = new Map<number, number>()
  return number => {
    const offset = known.get(number) ?? offsetAt(number * week, timezone)
    known.set(number, offset)
    return offset
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>()
/** Names come from requests. */
const maxFormatters = 500

/** How far clocks in a zone are ahead of UTC at an instant, in ms. */
function offsetAt(instant: number, timezone: string): number {
  let formatter = formatters.get(timezone)
  if (!formatter) {
    if (formatters.size === maxFormatters) formatters.clear()
    formatter = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
    formatters.set(timezone, formatter)
  }
  // `GMT+05:30`; before time zones with seconds, and for UTC `GMT+00:00`.
  const read = /GMT([+-])(\d\d):(\d\d):?(\d\d)?$/.exec(formatter.format(instant)) as RegExpExecArray
  const [, sign, hours, minutes, seconds = 0] = read
  const ahead = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -ahead : ahead
}
