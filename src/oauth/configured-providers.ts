import type { CustomFetch } from 'openid-client'
import { openIdProvider } from './openid.ts'
import { plainOAuthProvider } from './plain-oauth.ts'
import type { Origins, Provider } from './provider.ts'
import { plainProviders } from './providers.ts'
import type { ProviderSettings } from './settings.ts'

export interface ProvidersOptions {
  settings: readonly ProviderSettings[]
  /**
   * The `fetch` for a provider.
   * @param ownOrigin the origin that the operator configured; other addresses are the provider's own claims.
   */
  fetchFor: (ownOrigin: string) => CustomFetch
  /** Epoch ms. */
  now: () => number
  /** Timeout for all calls to a provider during one request. */
  timeoutMs?: number
  /** Addresses of plain OAuth providers, if not the well-known ones. */
  origins?: Readonly<Record<string, Origins>>
}

/** The providers that people can sign in with, by name. */
export function configuredProviders({ settings, fetchFor, now, timeoutMs = 5_000, origins = {} }: ProvidersOptions) {
  const one = (of: ProviderSettings): Provider => {
    const connection = { fetch: fetchFor(new URL(of.issuer).origin), timeoutMs }
    const plain = plainProviders.get(of.name)
    if (!plain) return openIdProvider(of, connection, now)
    return plainOAuthProvider(of, connection, plain.at(origins[of.name] ?? plain.origins))
  }
  return new Map(settings.map(of => [of.name, one(of)]))
}
