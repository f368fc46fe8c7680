import { recentCache } from '../recent-cache.ts'
import { firstYear, msPerDay, parseDay, type WallClock } from './calendar.ts'
import { readZone } from './zones.ts'

/**
 * An instant as it was written, with the local time in its own offset. `wall` is undefined where it has no local offset
 * (`Z`, or `-00:00`: RFC 3339, section 4.3), and where it has a zone, in which the local time is seen then.
 */
export interface WrittenInstant {
  ms: number
  wall: WallClock | undefined
  /** `+02:00`, which is also a valid time zone name; undefined with `wall`. */
  offset: string | undefined
  /** The zone in brackets (RFC 9557), or the one that a local time was read in. */
  timezone: string | undefined
}

/**
 * An instant without a local time.
 * @param ms epoch milliseconds.
 */
export function writtenInstant(ms: number): WrittenInstant {
  return { ms, wall: undefined, offset: undefined, timezone: undefined }
}

/** The date, the time (1-5), the offset (6-9), and what stands in brackets. */
const pattern =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:([Zz])|([+-])(\d{2}):(\d{2}))?((?:\[[^[\]]*\])*)$/
/**
 * One day after the first that `parseDay` accepts, so that the local day is valid in every zone; and the last with four
 * digits.
 */
const earliestInstant = Date.UTC(firstYear, 0, 2)
const latestInstant = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
/** No place on earth is further from UTC than 14 hours. */
const maxOffsetMinutes = 14 * 60

/**
 * Reads an instant as date libraries print it; digits past the millisecond are dropped. Undefined when it is not one.
 * - RFC 3339, with its offset or `Z`;
 * - RFC 9557: the same followed by a zone in brackets, with which the offset must agree, or without an offset;
 * - a local time without either, in `timezone`.
 * A local time that the clock of its zone skipped is moved forward, of one that it showed twice the first counts: as
 * `disambiguation: 'compatible'` of Temporal. Seconds may be missing where a zone is there.
 * @param timezone validated; undefined where a local time by itself is no instant.
 */
export function parseInstant(text: string, timezone?: string): WrittenInstant | undefined {
  const match = pattern.exec(text)
  const day = parseDay(match?.[1] ?? '')
  if (!match || day === undefined) return undefined
  const [, , hours, minutes, seconds, fraction = '', z, sign, offsetHours, offsetMinutes, brackets = ''] = match
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const annotated = zoneIn(brackets)
  if (annotated === false) return undefined
  const local =
    day * msPerDay + ((hour * 60 + minute) * 60 + second) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3))

  if (z === undefined && sign === undefined) {
    const zone = annotated ?? timezone
    return zone === undefined ? undefined : bounded(inZone(local, zone), { timezone: zone })
  }
  if (seconds === undefined && annotated === undefined) return undefined
  const shift = Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)
  if (Number(offsetMinutes ?? 0) > 59 || shift > maxOffsetMinutes) return undefined
  const ms = sign === '-' ? local + shift * 60_000 : local - shift * 60_000
  const offset = `${sign}${offsetHours}:${offsetMinutes}`
  const said = sign !== undefined && offset !== '-00:00'
  if (annotated === undefined) return bounded(ms, said ? { wall: { day, hour }, offset } : {})
  const agrees = !said || inMinutes(offsetAt(ms, annotated)) === (local - ms) / 60_000
  return agrees ? bounded(ms, { timezone: annotated }) : undefined
}

/** Rounded, as RFC 9557 writes the offsets with seconds that some zones had: half a minute away from zero. */
function inMinutes(offset: number): number {
  return Math.sign(offset) * Math.round(Math.abs(offset) / 60_000)
}

function bounded(ms: number, more: Partial<WrittenInstant>): WrittenInstant | undefined {
  return ms < earliestInstant || ms > latestInstant ? undefined : { ...writtenInstant(ms), ...more }
}

/**
 * The zone among the annotations of RFC 9557, as it is stored; undefined without one, false where they cannot be heeded: a
 * zone that nobody knows or whose name means several (`IST`), or something marked as critical (`!`) besides.
 */
function zoneIn(brackets: string): string | undefined | false {
  let zone: string | undefined
  for (const [, critical, content = ''] of brackets.matchAll(/\[(!?)([^\]]*)\]/g)) {
    if (content.includes('=')) {
      if (critical && !/^u-ca=(iso8601|gregory)$/.test(content)) return false
      continue
    }
    const named = zone === undefined ? readZone(content) : undefined
    if (named === undefined) return false
    zone = named
  }
  return zone
}

/** The instant of a local time, given as if it were UTC. */
function inZone(local: number, timezone: string): number {
  // A zone changes its offset once within two days at most, and by a day at most.
  const [before, after] = [offsetAt(local - msPerDay, timezone), offsetAt(local + msPerDay, timezone)]
  const shown = [local - before, local - after].filter(ms => ms + offsetAt(ms, timezone) === local)
  return shown.length === 0 ? local - before : Math.min(...shown)
}

const formatters = recentCache<string, Intl.DateTimeFormat>(100)

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known) return known
  const numeric = 'numeric'
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  })
  formatters.set(timeZone, made)
  return made
}

/** How far (ms) the clock of a zone is ahead of UTC at an instant. */
function offsetAt(ms: number, timezone: string): number {
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
  for (const { type, value } of formatterFor(timezone).formatToParts(ms)) fields[type] = Number(value)
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = fields
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000
}
