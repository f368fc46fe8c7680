import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  Configuration,
  calculatePKCECodeChallenge,
  fetchProtectedResource,
} from 'openid-client'
import { converse, isRefusal, type Line } from './conversation.ts'
import { type Person, type Provider, ProviderError } from './provider.ts'
import type { ProviderSettings } from './settings.ts'

/** A provider that speaks OAuth 2.0 without OpenID: who somebody is, its own API tells. */
export interface PlainOAuth {
  /** What it calls itself in `iss`, where it sends one (RFC 9207). */
  calledItself: string
  authorize: string
  token: string
  scope: string
  /** Asks the API who holds the token. @param get reads an address as JSON in their name. */
  person(get: (url: string) => Promise<unknown>, issuer: string): Promise<Person>
}

export function plainOAuthProvider(settings: ProviderSettings, line: Line, at: PlainOAuth): Provider {
  const configuration = () => {
    const server = { issuer: at.calledItself, authorization_endpoint: at.authorize, token_endpoint: at.token }
    const config = new Configuration(server, settings.clientId, settings.clientSecret)
    // A test's stand-in; the addresses of the real ones are written down with https.
    if (at.token.startsWith('http:')) allowInsecureRequests(config)
    return config
  }

  return {
    name: settings.name,

    authorizationUrl: flow =>
      converse(line, async () =>
        buildAuthorizationUrl(configuration(), {
          scope: at.scope,
          redirect_uri: flow.redirectUri,
          state: flow.state,
          code_challenge: await calculatePKCECodeChallenge(flow.verifier),
          code_challenge_method: 'S256',
        }),
      ),

    identify: (callback, flow) =>
      converse(line, async connect => {
        const config = connect(configuration())
        const checks = { expectedState: flow.state, pkceCodeVerifier: flow.verifier }
        const tokens = await authorizationCodeGrant(config, callback, checks).catch(error => {
          if (isRefusal(error)) return undefined
          throw error
        })
        if (!tokens) return undefined
        const get = async (url: string) => {
          const headers = new Headers({ accept: 'application/json' })
          const answer = await fetchProtectedResource(
            config,
            tokens.access_token,
            new URL(url),
            'GET',
            undefined,
            headers,
          )
          if (answer.status !== 200) throw new ProviderError('provider_failed', `status ${answer.status}`)
          return answer.json()
        }
        return at.person(get, settings.issuer)
      }),
  }
}

/** The fields of what an API answered. @throws {ProviderError} when it is no object. */
export function fieldsOf(answer: unknown): Record<string, unknown> {
  if (typeof answer === 'object' && answer !== null) return answer as Record<string, unknown>
  throw new ProviderError('provider_failed', 'not understood')
}
