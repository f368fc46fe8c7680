/** Values as JSON, byte for byte what `JSON.stringify` makes of them. */

/** Characters that JSON escapes, and halves of surrogate pairs, which may have to be. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const special = /["\\\u0000-\u001f\ud800-\udfff]/

export function quoted(text: string): string {
  return special.test(text) ? JSON.stringify(text) : `"${text}"`
}

const msPerDay = 86_400_000
/** The years whose dates are cached: others have a sign and six digits, or nobody logs in them. */
const [firstMs, lastMs] = [Date.UTC(1800, 0), Date.UTC(9999, 0)]
const maxDates = 5_000
const dates = new Map<number, string>()
const digits = (count: number, width: number) => Array.from({ length: count }, (_, n) => String(n).padStart(width, '0'))
const two = digits(60, 2)
const three = digits(1_000, 3)

/** The last instant and its text: most entries were felt, logged, created and changed at the same one. */
let last = { ms: Number.NaN, text: '' }

/** `YYYY-MM-DDTHH:MM:SS.mmmZ`, in quotes: the same as of `toISOString`, which takes four times as long. */
export function quotedInstant(ms: number): string {
  if (ms !== last.ms) last = { ms, text: instantText(ms) }
  return last.text
}

function instantText(ms: number): string {
  const day = Math.floor(ms / msPerDay)
  let date = dates.get(day)
  if (date === undefined) {
    if (!(ms >= firstMs && ms < lastMs)) return `"${new Date(ms).toISOString()}"`
    if (dates.size >= maxDates) dates.clear()
    date = `"${new Date(ms).toISOString().slice(0, 11)}`
    dates.set(day, date)
  }
  const rest = ms - day * msPerDay
  const second = Math.floor(rest / 1_000)
  const minute = Math.floor(second / 60)
  return `${date}${two[Math.floor(minute / 60)]}:${two[minute % 60]}:${two[second % 60]}.${three[rest % 1_000]}Z"`
}
