import { ApiError } from '../errors.ts'
import { isTimezone } from './calendar.ts'

/** What people and devices call their time zone, read. */

let canonicalNames: ReadonlyMap<string, string> | undefined

/** The names that the runtime lists. Asked for late, as some runtimes of phones list none and never need it. */
function canonical(key: string): string | undefined {
  canonicalNames ??= new Map(Intl.supportedValuesOf('timeZone').map(name => [name.toLowerCase(), name]))
  return canonicalNames.get(key)
}

/** Aliases in whose words a capital stands elsewhere than in front. The runtime lists no aliases, and knows them all. */
const aliases = new Map(
  [
    'America/Argentina/ComodRivadavia',
    'America/Knox_IN',
    'Australia/ACT',
    'Australia/LHI',
    'Australia/NSW',
    'Brazil/DeNoronha',
    'Chile/EasterIsland',
    'Etc/UCT',
    'Etc/UTC',
    'Mexico/BajaNorte',
    'Mexico/BajaSur',
  ].map(name => [name.toLowerCase(), name]),
)

/** Length of the name of a zone with space around it, at most; none has more than 32. */
const maxText = 256

/** `+05:30`, `+0530`, `+05`, also after `GMT` or `UTC`, where the hour may have one digit. */
const offset = /^(?:(?:gmt|utc)([+-])(\d{1,2})|([+-])(\d\d))(?::?(\d\d))?$/i

/**
 * A time zone as it is stored: `europe/berlin` is `Europe/Berlin`, `GMT+02:00` is `+02:00`. Only letter case is mended:
 * an alias such as `Asia/Kolkata` stays. Undefined for what names no zone, and for short names such as `IST` and `PST`,
 * which mean one thing here and another there: of those `UTC` and `GMT` only are read.
 */
export function readZone(text: string): string | undefined {
  if (text.length > maxText) return undefined
  const name = nameOf(text.trim())
  return name !== undefined && isTimezone(name) ? name : undefined
}

/**
 * A time zone as it is stored from now on; the one that is stored already stays, whatever it is called.
 * @throws {ApiError} `invalid_request` for a name that means several zones.
 */
export function newTimezone(said: string | undefined, stored?: string | null): string | undefined {
  if (said === undefined || said === stored) return said
  const zone = readZone(said)
  if (zone === undefined) throw new ApiError('invalid_request', 'timezone must be a time zone such as Europe/Berlin')
  return zone
}

function nameOf(text: string): string | undefined {
  const written = offset.exec(text)
  if (written) {
    const [, namedSign, namedHours = '', sign = namedSign, hours = namedHours, minutes = '00'] = written
    return `${sign}${hours.padStart(2, '0')}:${minutes}`
  }
  const key = text.toLowerCase()
  if (key === 'utc' || key === 'gmt') return key.toUpperCase()
  if (!key.includes('/')) return undefined
  return canonical(key) ?? aliases.get(key) ?? capitalized(key)
}

function capitalized(key: string): string {
  if (key.startsWith('etc/gmt')) return key.replace('etc/gmt', 'Etc/GMT')
  return key.replace(/(^|[/_-])([a-z])/g, (_, before, letter) => before + letter.toUpperCase()).replace(/^Us\//, 'US/')
}
