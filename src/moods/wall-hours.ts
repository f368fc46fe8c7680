import { msPerDay } from './calendar.ts'

/** No zone changes its clocks twice within a week, so equal offsets at both ends hold for all of it. */
const week = 7 * msPerDay

/** What `wallHours` knows of a week: its offset, or undefined where clocks were changed. */
type Week = number | undefined

/**
 * Reads the hour (0-23) that clocks in a zone show at an instant, for many instants: the runtime is asked for one offset a
 * week and zone, because each answer takes it some microseconds.
 */
export function wallHours(): (instant: number, timezone: string) => number {
  const zones = new Map<string, Map<number, Week>>()
  return (instant, timezone) => {
    const weeks = zones.get(timezone) ?? new Map<number, Week>()
    if (weeks.size === 0) zones.set(timezone, weeks)
    const number = Math.floor(instant / week)
    let offset = weeks.get(number)
    if (offset === undefined && !weeks.has(number)) {
      const first = offsetAt(number * week, timezone)
      offset = first === offsetAt((number + 1) * week, timezone) ? first : undefined
      weeks.set(number, offset)
    }
    return new Date(instant + (offset ?? offsetAt(instant, timezone))).getUTCHours()
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
