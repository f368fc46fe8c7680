import type { CustomFetch } from 'openid-client'
import { openIdProvider } from './openid.ts'
import { plainOAuthProvider } from './plain-oauth.ts'
import type { Origins, Provider } from './provider.ts'
import { plainProviders } from './providers.ts'
import type { ProviderSettings } from './settings.ts'

export interface ProvidersOptions {
  settings: readonly ProviderSettings[]
  /** What asks a provider. @param ownOrigin where the operator says that it is; whatever else it names is its own word. */
  fetchFor: (ownOrigin: string) => CustomFetch
  /** Epoch ms. */
  now: () => number
  /** How long a provider may take for all that one request asks of it. */
  timeoutMs?: number
  /** Where plain OAuth providers are, when it is not where everybody knows. */
  origins?: Readonly<Record<string, Origins>>
}

/** Whom people can sign in with, by name. */
export function configuredProviders({ settings, fetchFor, now, timeoutMs = 5_000, origins = {} }: ProvidersOptions) {
  const one = (of: ProviderSettings): Provider => {
    const connection = { fetch: fetchFor(new URL(of.issuer).origin), timeoutMs }
    const plain = plainProviders.get(of.name)
    if (!plain) return openIdProvider(of, connection, now)
    return plainOAuthProvider(of, connection, plain.at(origins[of.name] ?? plain.origins))
  }
  return new Map(settings.map(of => [of.name, one(of)]))
}
