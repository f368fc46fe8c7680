import type { Static } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { authorizationCodeStore } from '../../src/auth/authorization-codes.ts'
import { signUpGate } from '../../src/auth/invitations.ts'
import { hashSecret } from '../../src/auth/secrets.ts'
import type { SignupMode, SignupRole } from '../../src/config.ts'
import { ApiError } from '../../src/errors.ts'
import { appPath, type BuiltApp } from '../../src/http/built-app.ts'
import { prefersHtml } from '../../src/http/negotiation.ts'
import type { ErrorCode } from '../../src/http/problem-details.ts'
import type { Provider, ProviderError } from '../../src/oauth/provider.ts'
import { type RedirectTarget, redirectTarget, withParameter } from '../../src/oauth/redirects.ts'
import { stateStore } from '../../src/oauth/states.ts'
import { defaultRole } from '../accounts/names.ts'
import { arrivals } from './arrival.ts'
import type { ProviderName } from './schemas.ts'

/** Shared by the routes of sign-in through providers. */

/** The pages of the app that a sign-in, or linking an identity, returns to; always allowed. */
const appPages = [appPath, `${appPath}account`]

export interface OAuthOptions {
  /** By name. */
  providers: ReadonlyMap<string, Provider>
  /** The allowed targets. */
  redirects: readonly string[]
  /** The roles that may be chosen at sign-up. */
  signupRoles: readonly SignupRole[]
  /** Who may sign up. */
  signup: SignupMode
  webApp: BuiltApp
}

/** The errors of every route that names a provider. */
export const providerErrors: ErrorCode[] = ['not_found', 'provider_failed', 'provider_unavailable']

/** Of a route that a browser opens. A HEAD request must not consume a state. */
export const openedByBrowser = { exposeHeadRoute: false, config: { limit: 'login' } } as const

type ProviderRequest = FastifyRequest<{ Params: Static<typeof ProviderName> }>

export type OAuthContext = ReturnType<typeof oauthContext>

export function oauthContext(app: FastifyInstance, options: OAuthOptions) {
  const { providers, redirects, signupRoles, signup, webApp } = options
  return {
    providers,
    arrival: arrivals(app, defaultRole(signupRoles), signUpGate(app.database, signup)),
    codes: authorizationCodeStore(app.database),
    states: stateStore(app.database, hashSecret),
    defaultTarget: redirects[0] as string,
    providerOf,
    targetOf,
    showInApp,
  }

  function providerOf({ params }: ProviderRequest): Provider {
    const provider = providers.get(params.provider)
    if (!provider) throw noSuchProvider()
    return provider
  }

  function targetOf(redirectTo: string): RedirectTarget {
    const target = redirectTarget([...redirects, ...appPages], redirectTo)
    if (!target) throw new ApiError('invalid_request', 'redirect_to must be one of OAUTH_REDIRECTS')
    return target
  }

  /** A person in a browser gets the app, with the code of the error, instead of a problem in JSON. */
  function showInApp(redirection: number) {
    return (error: Error, { headers }: FastifyRequest, reply: FastifyReply) => {
      if (!(error instanceof ApiError && prefersHtml(headers.accept) && webApp.exists())) throw error
      return reply.redirect(withParameter({ url: appPath, native: false }, 'error', error.code), redirection)
    }
  }
}

export function noSuchProvider(): ApiError {
  return new ApiError('not_found', 'No such provider.')
}

/** The answer for a provider's failure; of its reason only a word is logged, for the operator. */
export function refuseProvider({ params: { provider }, log }: ProviderRequest, error: ProviderError): never {
  log.warn({ provider, reason: error.reason }, error.code)
  throw new ApiError(error.code, undefined, error.code === 'provider_unavailable' ? { retryAfterMs: 30_000 } : {})
}
