import { facebook } from './facebook.ts'
import { github } from './github.ts'
import type { PlainOAuth } from './provider.ts'

/** The providers that everybody knows, by the name they are configured by. Any other is an OpenID provider with its issuer. */

/** Those that speak OAuth 2.0 without OpenID: a file each, and a line here. */
export const plainProviders: ReadonlyMap<string, PlainOAuth> = new Map(Object.entries({ github, facebook }))

/** Who vouches for the identities of each of them. */
export const knownIssuers: ReadonlyMap<string, string> = new Map([
  ['google', 'https://accounts.google.com'],
  ...[...plainProviders].map(([name, { origins }]) => [name, origins.site] as const),
])
