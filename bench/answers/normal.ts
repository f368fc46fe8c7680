const dayMs = 86_400_000
/** Instants and days this near to now are named by their distance; what requests name themselves lies further back. */
const nearDays = 100

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const digest = /(?<![\w-])[\w-]{43}(?![\w-])/g
const instant = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g
const day = /(?<![\d-])\d{4}-\d\d-\d\d(?![\d-])/g

/** Ids that the script makes: they stay as they are. */
export const givenId = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/**
 * Replaces what differs between any two runs (ids, instants, tokens, digests, addresses) by names that are the same in
 * each: a value is called by the call and the field that it was first seen in, so that where it comes again shows too.
 */
export class Names {
  readonly #names = new Map<string, string>()
  readonly #addresses: [text: string, name: string][]
  readonly #today = Math.floor(Date.now() / dayMs)

  /**
   * @param addresses what the server and its neighbours are reached at, and what they are called.
   */
  constructor(addresses: Record<string, string>) {
    this.#addresses = Object.entries(addresses)
  }

  /** Gives a secret its name, wherever it is met from now on. */
  secret(value: string, place: string) {
    if (value !== '') this.#named(value, `<secret: ${place}>`)
  }

  /** An ETag: a revision before its `-` stays readable, but for that of a list, which is a digest alone. */
  etag(tag: string, place: string): string {
    return tag.replace(/"([^"]*)"/, (_, inner: string) => {
      const [, revision, rest] = inner.length === 43 ? [] : (/^(\d+-)(.*)$/.exec(inner) ?? [])
      return `"${revision ?? ''}${this.#named(rest ?? inner, `<etag: ${place}>`)}"`
    })
  }

  /**
   * Any text of an answer.
   * @param place the call and the field it stands in.
   */
  text(text: string, place: string): string {
    let normal = text
    const known = this.#names.get(text)
    if (known !== undefined) return known
    for (const [address, name] of this.#addresses) normal = normal.replaceAll(address, name)
    return normal
      .replace(digest, found => this.#named(found, `<digest: ${place}>`))
      .replace(uuid, found => (found.startsWith('00000000-') ? found : this.#named(found, `<id: ${place}>`)))
      .replace(instant, found => this.#instant(found))
      .replace(day, found => this.#day(found))
      .replace(/\b\d+ seconds/g, '<n> seconds')
  }

  /** The parsed body of an answer. */
  json(value: unknown, call: string, path = ''): unknown {
    if (Array.isArray(value)) return value.map((item, i) => this.json(item, call, `${path}[${i}]`))
    if (typeof value === 'string') return this.text(value, `${call} ${path}`)
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [key, inner] of fields) {
      if (/token$|^code$/.test(key) && typeof inner === 'string' && inner.length > 40)
        this.secret(inner, `${call} ${key}`)
    }
    const normal = fields.map(([key, inner]) => {
      if (key === 'storage_bytes') return [key, typeof inner]
      // Pictures of 50 KB: what tells two apart is enough.
      if (key === 'base64') return [key, `<${String(inner).length} characters>`]
      return [key, this.json(inner, call, path === '' ? key : `${path}.${key}`)]
    })
    return Object.fromEntries(normal)
  }

  #named(value: string, name: string): string {
    const known = this.#names.get(value) ?? name
    this.#names.set(value, known)
    return known
  }

  #instant(text: string): string {
    const at = Date.parse(text)
    const away = Math.floor(at / dayMs) - this.#today
    if (Math.abs(away) > nearDays) return text
    // Where a day ends is a rule of ours; anything else is when the run happened to be.
    return at % 900_000 === 0 ? `${this.#relative(away)}${text.slice(10)}` : '<instant>'
  }

  #day(text: string): string {
    const away = Date.parse(text) / dayMs - this.#today
    return Math.abs(away) > nearDays ? text : this.#relative(away)
  }

  #relative(away: number): string {
    return away === 0 ? '<today>' : `<today${away > 0 ? '+' : ''}${away}>`
  }
}

/** A day so many days from now, in UTC: `YYYY-MM-DD`. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)
}
