import { isLoopbackHost } from '../outgoing/addresses.ts'
import { knownIssuers } from './providers.ts'

/** A provider that people may sign in with. */
export interface ProviderSettings {
  /** Its name in addresses: `google`, `my_idp`. */
  readonly name: string
  /** The issuer of its identities; a subject is unique only within it. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

const known = [...knownIssuers.keys()].map(name => name.toUpperCase())

/** The keys that configure a provider; `<NAME>` is that of a known one, or any other word. */
export const providerKeys = {
  'OAUTH_<NAME>_CLIENT_ID': 'is required with its CLIENT_SECRET',
  'OAUTH_<NAME>_CLIENT_SECRET': 'is required with its CLIENT_ID',
  'OAUTH_<NAME>_ISSUER': `must be the https URL of an OpenID provider, exactly as in its metadata (http on this machine, outside production), and must not be set for ${new Intl.ListFormat('en-GB').format(known)}`,
} as const
type Field = 'CLIENT_ID' | 'CLIENT_SECRET' | 'ISSUER'

const keyForm = /^OAUTH_([A-Z0-9]+(?:_[A-Z0-9]+)*)_(CLIENT_ID|CLIENT_SECRET|ISSUER)$/

/** The configured providers, by name, and the errors: one sentence per key, without its value. */
export function readProviders(env: NodeJS.Dict<unknown>, production: boolean) {
  const fields: Record<string, Partial<Record<Field, string>>> = {}
  for (const [key, value] of Object.entries(env)) {
    const [, name, field] = keyForm.exec(key) ?? []
    if (name === undefined) continue
    fields[name] ??= {}
    fields[name][field as Field] = String(value)
  }
  const providers: ProviderSettings[] = []
  const problems: string[] = []
  for (const [key, given] of Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = key.toLowerCase()
    const wrong = wrongWith(name, given, production)
    problems.push(...wrong.map(field => `OAUTH_${key}_${field} ${providerKeys[`OAUTH_<NAME>_${field}`]}`))
    if (wrong.length > 0) continue
    const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, ISSUER: issuer = knownIssuers.get(name) } = given
    providers.push({ name, issuer, clientId, clientSecret } as ProviderSettings)
  }
  if (production && providers.length > 0 && !env.PUBLIC_URL) {
    problems.push('PUBLIC_URL is required in production with sign-in providers: they redirect to it')
  }
  return { providers, problems }
}

function wrongWith(
  name: string,
  { CLIENT_ID, CLIENT_SECRET, ISSUER }: Partial<Record<Field, string>>,
  production: boolean,
) {
  const wrong: Field[] = []
  if (CLIENT_ID === undefined) wrong.push('CLIENT_ID')
  if (CLIENT_SECRET === undefined) wrong.push('CLIENT_SECRET')
  if (knownIssuers.has(name) ? ISSUER !== undefined : !isIssuer(ISSUER ?? '', production)) wrong.push('ISSUER')
  return wrong
}

/** Whether a text can be an issuer (OpenID Connect Discovery: an https URL without query and fragment). */
function isIssuer(text: string, production: boolean): boolean {
  if (!URL.canParse(text) || /[?#\s]/.test(text)) return false
  const { protocol, username, password, hostname } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && !production && isLoopbackHost(hostname))
}
