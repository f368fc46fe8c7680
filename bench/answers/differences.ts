import type { Recorded } from './script.ts'

/** One value of one answer that is not the same. */
export interface Difference {
  call: string
  request: string
  /** Where in the answer: `status`, `headers.etag`, `body.moods[].id`. */
  path: string
  /** As JSON; undefined where there is nothing. */
  old: string | undefined
  new: string | undefined
}

/** What may differ, and why. */
interface Allowance {
  why: string
  allows(difference: Difference): boolean
}

/** Everything that may differ between the commits of this session. What is not here is a change of the contract. */
const allowances: readonly Allowance[] = [
  {
    why: 'sentences of errors',
    allows: ({ path, old, new: now }) => /^body\.(title|detail|errors\[\])$/.test(path) && isText(old) && isText(now),
  },
  {
    why: 'sentences of findings and explanations',
    allows: ({ path, old, new: now }) => /\.message$/.test(path) && isText(old) && isText(now),
  },
  { why: 'titles of pages', allows: ({ old, new: now }) => /<title>/.test(`${old}${now}`) },
  {
    why: 'a new field "revision"',
    allows: ({ path, old }) => /^body\..*\brevision$/.test(path) && old === undefined,
  },
  {
    why: "Swagger UI's stricter policy",
    allows: ({ path, request }) => path === 'headers.content-security-policy' && /^GET \/docs\/?$/.test(request),
  },
  { why: 'the version', allows: ({ path }) => path === 'body.version' },
  { why: 'new operations', allows: ({ path, old }) => path.startsWith('body.operations.') && old === undefined },
]

/** What differs between two recordings of the same script, and how much of it may. */
export function compare(old: readonly Recorded[], recent: readonly Recorded[]) {
  const allowed = new Map<string, number>()
  const unexpected: Difference[] = []
  const answers = new Map(recent.map(answer => [answer.call, answer]))
  for (const before of old) {
    for (const difference of differencesOf(before, answers.get(before.call))) {
      const why = allowances.find(({ allows }) => allows(difference))?.why
      if (why === undefined) unexpected.push(difference)
      else allowed.set(why, (allowed.get(why) ?? 0) + 1)
    }
  }
  return { allowed, unexpected }
}

function differencesOf(old: Recorded, recent: Recorded | undefined): Difference[] {
  const [before, after] = [flat(old), recent === undefined ? new Map<string, string>() : flat(recent)]
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(path => {
    if (before.get(path) === after.get(path)) return []
    const { call, request } = old
    return [{ call, request, path: path.replace(/\[\d+\]/g, '[]'), old: before.get(path), new: after.get(path) }]
  })
}

/** Every value of an answer by its path. */
function flat({ status, headers, body }: Recorded): Map<string, string> {
  const values = new Map<string, string>()
  const walk = (value: unknown, path: string) => {
    if (Array.isArray(value)) {
      values.set(`${path}.length`, String(value.length))
      for (const [i, item] of value.entries()) walk(item, `${path}[${i}]`)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`)
    } else {
      values.set(path, JSON.stringify(value))
    }
  }
  for (const [name, value] of Object.entries({ status, headers, body })) walk(value, name)
  return values
}

/** The same difference is told once, with the calls it was seen in. */
export function told(differences: readonly Difference[]): string {
  const groups = Map.groupBy(differences, ({ path, old, new: now }) => JSON.stringify([path, old, now]))
  const byPath = Map.groupBy([...groups.values()], ([{ path } = none]) => path)
  return [...byPath]
    .map(([path, same]) => [path, ...same.slice(0, maxShown).map(shown), ...more(same.length)].join('\n'))
    .join('\n\n')
}

const none: Difference = { call: '', request: '', path: '', old: undefined, new: undefined }
/** Of one path, and of one difference. */
const maxShown = 12
const maxCalls = 4

function shown(group: readonly Difference[]): string {
  const [{ old, new: now } = none] = group
  const calls = group.slice(0, maxCalls).map(({ call, request }) => `${call} (${request.slice(0, 60)})`)
  const rest = group.length > maxCalls ? ` and ${group.length - maxCalls} more` : ''
  return `  - ${cut(old)}\n  + ${cut(now)}\n      ${calls.join('; ')}${rest}`
}

function more(count: number): string[] {
  return count > maxShown ? [`  … ${count - maxShown} more`] : []
}

function cut(text = '(nothing)'): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function isText(value: string | undefined): boolean {
  return value?.startsWith('"') ?? false
}
