import type { CustomFetch } from 'openid-client'
import { facebook, facebookAt } from './facebook.ts'
import { gitHub, gitHubAt } from './github.ts'
import { openIdProvider } from './openid.ts'
import { plainOAuthProvider } from './plain-oauth.ts'
import type { Provider } from './provider.ts'
import type { ProviderSettings } from './settings.ts'

export interface ProvidersOptions {
  settings: readonly ProviderSettings[]
  /** What asks a provider. @param ownOrigin where the operator says that it is; whatever else it names is its own word. */
  fetchFor: (ownOrigin: string) => CustomFetch
  /** Epoch ms. */
  now: () => number
  /** How long (ms) a provider may take for all that one request asks of it. */
  patience?: number
  github?: typeof gitHubAt
  facebook?: typeof facebookAt
}

/** Whom people can sign in with, by name. */
export function providersOf({ settings, fetchFor, now, patience = 5_000, ...at }: ProvidersOptions) {
  const one = (of: ProviderSettings): Provider => {
    const line = { fetch: fetchFor(new URL(of.issuer).origin), patience }
    if (of.name === 'github') return plainOAuthProvider(of, line, gitHub(at.github ?? gitHubAt))
    if (of.name === 'facebook') return plainOAuthProvider(of, line, facebook(at.facebook ?? facebookAt))
    return openIdProvider(of, line, now)
  }
  return new Map(settings.map(of => [of.name, one(of)]))
}
