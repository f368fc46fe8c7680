import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  type ExportedJWKSCache,
  enableNonRepudiationChecks,
  fetchUserInfo,
  getJwksCache,
  type ServerMetadata,
  setJwksCache,
} from 'openid-client'
import { isLoopbackHost } from '../outgoing/addresses.ts'
import { cleanEmail, cleanSubject, cleanText } from './clean.ts'
import { type Connection, converse, isRefusal } from './conversation.ts'
import { type Flow, type Person, type Provider, ProviderError } from './provider.ts'
import type { ProviderSettings } from './settings.ts'

/** How long a provider's metadata is cached. */
const discoveryTtlMs = 3_600_000

/**
 * An OpenID provider, found by its issuer. Its claims about a person count only if state, nonce, PKCE, signature,
 * issuer, audience, authorized party and times are all right.
 * @param now epoch ms; for cached metadata. Times in tokens are checked by the machine's clock.
 */
export function openIdProvider(settings: ProviderSettings, connection: Connection, now: () => number): Provider {
  const { name, issuer, clientId, clientSecret } = settings
  let discovered: Discovered | undefined

  return {
    name,

    authorizationUrl: flow =>
      converse(connection, async (connect, bounded) => {
        const config = connect(configurationBy(await discover(bounded)))
        return buildAuthorizationUrl(config, {
          scope: 'openid email profile',
          redirect_uri: flow.redirectUri,
          state: flow.state,
          nonce: flow.nonce,
          code_challenge: await calculatePKCECodeChallenge(flow.verifier),
          code_challenge_method: 'S256',
        })
      }),

    identify: (callback, flow) =>
      converse(connection, async (connect, bounded) => {
        const known = await discover(bounded)
        const config = connect(configurationBy(known))
        if (known.keys) setJwksCache(config, known.keys)
        const tokens = await tokensFor(config, callback, flow)
        known.keys = getJwksCache(config)
        const claims = tokens?.claims()
        if (!tokens || !claims) return undefined
        // The library checks it only for several audiences.
        if (claims.azp !== undefined && claims.azp !== clientId) throw new ProviderError('provider_failed', 'azp')
        const asked = claims.email === undefined && config.serverMetadata().userinfo_endpoint !== undefined
        const more = asked ? await fetchUserInfo(config, tokens.access_token, claims.sub) : {}
        return personOf(issuer, { ...more, ...claims })
      }),
  }

  function configurationBy({ metadata }: Discovered): Configuration {
    const config = new Configuration(metadata, clientId, clientSecret, authenticationAt(metadata, clientSecret))
    if (isPlain(issuer)) allowInsecureRequests(config)
    // Otherwise TLS replaces the check of the token's signature.
    enableNonRepudiationChecks(config)
    return config
  }

  async function discover(bounded: CustomFetch): Promise<Discovered> {
    if (discovered && now() - discovered.at < discoveryTtlMs) return discovered
    const found = await discovery(new URL(issuer), clientId, undefined, undefined, {
      [customFetch]: bounded,
      ...(isPlain(issuer) && { execute: [allowInsecureRequests] }),
    })
    const { supportsPKCE: _, ...metadata } = found.serverMetadata()
    // The library tolerates some providers' mistakes, and a trailing slash.
    if (metadata.issuer !== issuer) throw new ProviderError('provider_failed', 'discovered another issuer')
    // What a provider says in a bad moment is not kept for an hour.
    mustBeUsable(metadata, issuer)
    discovered = { metadata, at: now(), keys: undefined }
    return discovered
  }
}

/** A provider's metadata, when it was read (epoch ms), and its keys once they were needed. */
interface Discovered {
  metadata: ServerMetadata
  at: number
  keys: ExportedJWKSCache | undefined
}

/** @throws {ProviderError} for metadata by which nobody could sign in, or should. */
function mustBeUsable(metadata: ServerMetadata, issuer: string) {
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    if (!URL.canParse(String(metadata[name]))) throw new ProviderError('provider_failed', name)
  }
  // A browser is sent there, and would run a `javascript:` URL.
  const { protocol, hostname } = new URL(String(metadata.authorization_endpoint))
  const near = isPlain(issuer) && protocol === 'http:' && isLoopbackHost(hostname)
  if (protocol !== 'https:' && !near) throw new ProviderError('provider_failed', 'authorization_endpoint')
}

async function tokensFor(config: Configuration, callback: URL, flow: Flow) {
  try {
    return await authorizationCodeGrant(config, callback, {
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      pkceCodeVerifier: flow.verifier,
      idTokenExpected: true,
    })
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}

const isPlain = (url: string) => url.startsWith('http:')

/** In the body if the provider supports it, else the standard's default. */
function authenticationAt(
  { token_endpoint_auth_methods_supported: methods }: ServerMetadata,
  secret: string,
): ClientAuth {
  return methods?.includes('client_secret_post') ? ClientSecretPost(secret) : ClientSecretBasic(secret)
}

function personOf(issuer: string, claims: Record<string, unknown>): Person {
  const subject = cleanSubject(claims.sub)
  if (subject === null) throw new ProviderError('provider_failed', 'sub')
  const email = cleanEmail(claims.email)
  return {
    issuer,
    subject,
    email,
    emailVerified: email !== null && claims.email_verified === true,
    nickname:
      cleanText(claims.preferred_username, 200) ?? cleanText(claims.nickname, 200) ?? cleanText(claims.name, 200),
    firstName: cleanText(claims.given_name, 100),
    lastName: cleanText(claims.family_name, 100),
  }
}
