import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  Configuration,
  calculatePKCECodeChallenge,
  fetchProtectedResource,
} from 'openid-client'
import { type Connection, converse, isRefusal } from './conversation.ts'
import { type PlainEndpoints, type Provider, ProviderError } from './provider.ts'
import type { ProviderSettings } from './settings.ts'

/** A provider that speaks OAuth 2.0 without OpenID. */
export function plainOAuthProvider(settings: ProviderSettings, connection: Connection, at: PlainEndpoints): Provider {
  const configuration = () => {
    const server = { issuer: at.issuer, authorization_endpoint: at.authorize, token_endpoint: at.token }
    const config = new Configuration(server, settings.clientId, settings.clientSecret)
    // A test's stand-in; the addresses of the real providers are https constants.
    if (at.token.startsWith('http:')) allowInsecureRequests(config)
    return config
  }

  return {
    name: settings.name,

    authorizationUrl: flow =>
      converse(connection, async () =>
        buildAuthorizationUrl(configuration(), {
          scope: at.scope,
          redirect_uri: flow.redirectUri,
          state: flow.state,
          code_challenge: await calculatePKCECodeChallenge(flow.verifier),
          code_challenge_method: 'S256',
        }),
      ),

    identify: (callback, flow) =>
      converse(connection, async connect => {
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
        return { ...(await at.person(get)), issuer: settings.issuer }
      }),
  }
}
