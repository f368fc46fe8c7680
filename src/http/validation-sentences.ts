/** One error of Ajv. */
export interface Complaint {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
  message?: string
}

/** More would not help, and would let a small request cause a large answer. */
export const maxSentences = 20
const maxNameLength = 64

/**
 * One readable sentence per error of Ajv. Never repeats a value: what a person typed stays out of errors.
 * @param part of the request: `body`, `querystring`, `params` or `headers`.
 * @param readOnly the fields that answers show and no body may set.
 */
export function sentences(
  problems: readonly Complaint[],
  part: string | undefined,
  readOnly: readonly string[] = [],
): string[] {
  const all = [...new Set(problems.map(problem => `${nameOf(problem, part)} ${complaint(problem, readOnly)}`))]
  const more = all.length - maxSentences
  return more > 0 ? [...all.slice(0, maxSentences), `and ${more} more`] : all
}

const wholeParts: Record<string, string> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'the headers',
}
const unknownNames: Record<string, string> = { body: 'field', querystring: 'query parameter' }

function nameOf({ keyword, params, instancePath }: Complaint, part = 'body'): string {
  const path = instancePath.slice(1).replaceAll('/', '.')
  const inner = (name: unknown) => (path === '' ? String(name) : `${path}.${name}`).slice(0, maxNameLength)
  if (keyword === 'required') return inner(params.missingProperty)
  if (keyword === 'additionalProperties')
    return `${unknownNames[part]} ${JSON.stringify(inner(params.additionalProperty))}`
  return path === '' ? (wholeParts[part] as string) : path.slice(0, maxNameLength)
}

const formats: Record<string, string> = {
  date: 'must be a valid date from 1900 on, as YYYY-MM-DD',
  'date-time': 'must be a timestamp with an offset or Z, such as 2026-03-01T23:30:00-05:00',
  'written-instant':
    'must be a timestamp with an offset or Z, such as 2026-03-01T23:30:00-05:00, or followed by a zone in which that offset is valid, such as [Europe/Berlin]',
  timezone: 'must be an IANA time zone, such as Europe/Berlin',
  uuid: 'must be a UUID',
  email: 'must be an e-mail address',
  label: 'must not be blank',
  visible: 'must not be blank',
  'https-url': 'must be an https:// URL without credentials',
  username:
    'must start with a letter or digit and contain only letters, digits, ".", "_" and "-", with letters of one script (Latin, Greek, Cyrillic and so on; Latin may stand beside Chinese, Japanese or Korean)',
}

function complaint({ keyword, params, message, instancePath }: Complaint, readOnly: readonly string[]): string {
  switch (keyword) {
    case 'required':
      return 'is required'
    case 'additionalProperties':
      return instancePath === '' && readOnly.includes(params.additionalProperty as string)
        ? 'is read-only: leave it out'
        : 'is not allowed'
    case 'type':
      return `must be ${[params.type].flat().map(withArticle).join(' or ')}`
    case 'minimum':
      return `must be at least ${params.limit}`
    case 'maximum':
      return `must be at most ${params.limit}`
    case 'minLength':
      return `must have at least ${params.limit} character${params.limit === 1 ? '' : 's'}`
    case 'maxLength':
      return `must have at most ${params.limit} characters`
    case 'maxItems':
      return `must have at most ${params.limit} items`
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).map(String).join(', ')}`
    case 'format':
      return formats[params.format as string] ?? `must be a ${params.format}`
    default:
      return message ?? 'is invalid'
  }
}

function withArticle(type: unknown): string {
  return type === 'null' ? 'null' : `${/^[aeiou]/.test(String(type)) ? 'an' : 'a'} ${type}`
}
