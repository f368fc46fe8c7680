import { facebook } from './facebook.ts'
import { github } from './github.ts'
import type { PlainOAuth } from './provider.ts'

/** The known providers, by their name in the configuration. Any other is an OpenID provider with its issuer. */

/** Those that speak OAuth 2.0 without OpenID: a file each, and a line here. */
export const plainProviders: ReadonlyMap<string, PlainOAuth> = new Map(Object.entries({ github, facebook }))

/** The issuer of each of them. */
export const knownIssuers: ReadonlyMap<string, string> = new Map([
  ['google', 'https://accounts.google.com'],
  ...[...plainProviders].map(([name, { origins }]) => [name, origins.site] as const),
])
