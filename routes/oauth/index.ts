import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { authorizationCodeStore } from '../../src/auth/authorization-codes.ts'
import { signUpGate } from '../../src/auth/invitations.ts'
import { hashSecret, randomSecret } from '../../src/auth/secrets.ts'
import type { SignupMode, SignupRole } from '../../src/config.ts'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { appPath, type BuiltApp } from '../../src/http/built-app.ts'
import { prefersHtml } from '../../src/http/negotiation.ts'
import type { ErrorCode } from '../../src/http/problem-details.ts'
import { ref } from '../../src/http/typebox.ts'
import type { Provider, ProviderError } from '../../src/oauth/provider.ts'
import { type RedirectTarget, redirectTarget, withParameter } from '../../src/oauth/redirects.ts'
import { type Begun, begunOf, stateLifetimeMs, stateStore } from '../../src/oauth/states.ts'
import { defaultRole } from '../accounts/names.ts'
import { SignedIn, User } from '../accounts/schemas.ts'
import { guarded, open, problems, sends, withBody } from '../wire.ts'
import { arrivals, type Enter } from './arrival.ts'
import { Callback, Exchange, ProviderList, ProviderName, Redirect, Start } from './schemas.ts'

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

/** Sign-in through Google, GitHub, Facebook or any OpenID provider (docs/decisions/oauth.md). */
const oauth: FastifyPluginAsyncTypebox<OAuthOptions> = async (app, options) => {
  const { providers, redirects, signupRoles, signup, webApp } = options
  const states = stateStore(app.database, hashSecret)
  const codes = authorizationCodeStore(app.database)
  const arrival = arrivals(app, defaultRole(signupRoles), signUpGate(app.database, signup))
  for (const schema of [User, SignedIn, ProviderList]) app.addSchema(schema)
  const providerErrors: ErrorCode[] = ['not_found', 'provider_failed', 'provider_unavailable']
  // A HEAD request must not consume a state.
  const opened = { exposeHeadRoute: false, config: { limit: 'login' } } as const

  app.get(
    '/oauth',
    {
      schema: {
        tags: ['sign-in'],
        operationId: 'listProviders',
        summary: 'List sign-in providers',
        description: 'The providers this server is configured for.',
        security: open,
        response: { 200: ref(ProviderList), ...problems() },
      },
    },
    async () => ({ providers: [...providers.keys()].map(name => ({ name, url: `/oauth/${name}` })) }),
  )

  app.get(
    '/oauth/:provider',
    {
      ...opened,
      errorHandler: showing(302),
      schema: {
        tags: ['sign-in'],
        operationId: 'startProviderSignIn',
        summary: 'Start signing in with a provider',
        description:
          'Open this in a browser. It returns to `redirect_to`: with the session cookie, or for a native app (custom scheme or loopback) with a `code` for `POST /oauth/exchange`, or with `error=access_denied` if the user declined. With `link=1` it links the identity to the account of the session cookie, which requires a sign-in within the last ten minutes.',
        security: open,
        params: ProviderName,
        querystring: Start,
        response: {
          302: Redirect('Redirects to the provider.', 'A URL of the provider.'),
          ...problems(...guarded, ...providerErrors, 'reauthentication_required', 'cross_site_request'),
        },
      },
    },
    async (request, reply) => {
      const provider = providerOf(request)
      const {
        redirect_to: redirectTo = redirects[0] as string,
        code_challenge: challenge = null,
        link,
        invitation,
      } = request.query
      const invitationHash = invitation === undefined ? null : hashSecret(invitation)
      const target = targetOf(redirectTo)
      refuseUnfit(target, challenge, link !== undefined)
      const linker = link === undefined ? null : await linkerOf(request, reply)
      const flow = {
        state: randomSecret(),
        nonce: randomSecret(),
        verifier: randomSecret(),
        redirectUri: `${app.ownOrigin(request)}/oauth/${provider.name}/callback`,
      }
      const there = await provider.authorizationUrl(flow).catch(error => refuse(request, error))
      const binding = randomSecret()
      const begun: Begun = { ...flow, provider: provider.name, redirectTo, challenge, invitationHash, linker }
      await app.commitUnguarded([states.keepingWrite(begun, binding, app.now())])
      return reply.setOwnCookie('oauth', binding, stateLifetimeMs).redirect(there.href, 302)
    },
  )

  app.get(
    '/oauth/:provider/callback',
    {
      ...opened,
      errorHandler: showing(303),
      schema: {
        tags: ['sign-in'],
        operationId: 'finishProviderSignIn',
        summary: 'Finish signing in with a provider',
        description: 'The provider redirects here, in the browser that started, once and within ten minutes.',
        security: open,
        params: ProviderName,
        querystring: Callback,
        response: {
          303: Redirect('Signed in, or the identity is linked.', 'The `redirect_to` of the start.'),
          ...problems(
            ...providerErrors,
            'invalid_state',
            'invalid_credentials',
            'authentication_required',
            'sign_up_closed',
            'identity_taken',
            'too_many_identities',
            'username_taken',
          ),
        },
      },
    },
    async (request, reply) => {
      const provider = providerOf(request)
      const begun = await taken(request, provider)
      reply.clearOwnCookie('oauth')
      const callback = new URL(begun.redirectUri)
      callback.search = request.url.replace(/^[^?]*/, '')
      const person = await provider.identify(callback, begun).catch(error => refuse(request, error))
      const target = targetOf(begun.redirectTo)
      if (!person) return reply.redirect(withParameter(target, 'error', 'access_denied'), 303)
      if (begun.linker) {
        await arrival.link(request, provider.name, person, await stillLinking(request, reply, begun.linker))
        return reply.redirect(target.url, 303)
      }
      const { challenge, invitationHash } = begun
      const enter = challenge === null ? byCookie(request, reply) : byCode(request, challenge)
      const code = await arrival.signIn(provider.name, person, invitationHash, enter)
      return reply.redirect(challenge === null ? target.url : withParameter(target, 'code', code as string), 303)
    },
  )

  app.post(
    '/oauth/exchange',
    {
      onRequest: app.refuseForeignOrigin,
      config: { ignoresCookie: true, limit: 'login' },
      schema: {
        tags: ['sign-in'],
        operationId: 'exchangeCode',
        summary: 'Exchange an authorization code',
        description: 'For native apps that started with a `code_challenge`. The code works once, for a minute.',
        security: open,
        body: Exchange,
        response: {
          200: sends(ref(SignedIn, 'Signed in.'), 'Set-Cookie'),
          ...problems(...withBody, 'cross_site_request', 'not_found', 'invalid_code', 'invalid_credentials'),
        },
      },
    },
    async (request, reply) => {
      if (providers.size === 0) throw noSuchProvider()
      const { code, code_verifier: verifier } = request.body
      const redemption = codes.redemption(code, verifier, app.now())
      const redeemed = redemption && (await app.commitUnguarded([must(redemption.write)]))
      if (!redeemed) throw new ApiError('invalid_code', 'The code is invalid or expired. Sign in again.')
      return app.signIn(request, reply, redemption.user, 'signed_in')
    },
  )

  /** A person in a browser gets the app, with the code of the error, instead of a problem in JSON. */
  function showing(redirection: number) {
    return (error: Error, { headers }: FastifyRequest, reply: FastifyReply) => {
      if (!(error instanceof ApiError && prefersHtml(headers.accept) && webApp.exists())) throw error
      return reply.redirect(withParameter({ url: appPath, native: false }, 'error', error.code), redirection)
    }
  }

  function providerOf({ params }: FastifyRequest): Provider {
    const provider = providers.get((params as { provider: string }).provider)
    if (!provider) throw noSuchProvider()
    return provider
  }

  function targetOf(redirectTo: string): RedirectTarget {
    const target = redirectTarget([...redirects, ...appPages], redirectTo)
    if (!target) throw new ApiError('invalid_request', 'redirect_to must be one of OAUTH_REDIRECTS')
    return target
  }

  /**
   * The user who links: a recent sign-in and a page of ours are required, because opening the address has an effect.
   */
  async function linkerOf(request: FastifyRequest, reply: FastifyReply) {
    await app.requires('account:manage')(request, reply)
    app.refuseForeignLink(request)
    await request.confirmOwner()
    return { user: request.principal.user.id, session: request.session.id }
  }

  /** The user who began to link, whose session must still be valid. */
  async function stillLinking(request: FastifyRequest, reply: FastifyReply, linker: NonNullable<Begun['linker']>) {
    const principal = await app.principalByCookie(request, reply)
    if (principal?.user.id !== linker.user || principal.session.id !== linker.session) {
      throw new ApiError('authentication_required', 'The session that started linking has ended.')
    }
    await app.requires('account:manage')(request, reply)
    return principal
  }

  /** The sign-in of a state, which is consumed. */
  async function taken(request: FastifyRequest, { name }: Provider): Promise<Begun> {
    const { state } = request.query as { state?: string }
    if (state === undefined) throw invalidState()
    for (const binding of request.ownCookies('oauth')) {
      const rows = await app.commitUnguarded([must(states.takingWrite(name, state, binding, app.now()))])
      const row = rows?.[0][0]
      if (row) return begunOf(row, state)
    }
    throw invalidState()
  }

  /** A sign-in of this browser, by cookie. */
  function byCookie(request: FastifyRequest, reply: FastifyReply): Enter {
    return (user, kind, before) => app.signIn(request, reply, user, kind, before)
  }

  /**
   * A sign-in that an app will complete.
   * @returns its code.
   */
  function byCode(request: FastifyRequest, challenge: string): Enter {
    return async (user, kind, before) => {
      const { code, write } = codes.issue(user, challenge, app.now())
      const events = kind === 'signed_up' ? request.eventWrites(user, kind, { actor: user }) : []
      const entered = await app.commitUnguarded([...before, write, ...events])
      if (!entered) throw new ApiError('invalid_credentials')
      return code
    }
  }
}
export default oauth

/** An app proves with its challenge that a code is its own; a page gets a cookie and needs none. */
function refuseUnfit({ native }: RedirectTarget, challenge: string | null, links: boolean) {
  if (native && links) throw new ApiError('invalid_request', 'link cannot be combined with a native redirect_to')
  if (native && challenge === null)
    throw new ApiError('invalid_request', 'code_challenge is required with a native redirect_to')
  if (!native && challenge !== null)
    throw new ApiError('invalid_request', 'code_challenge is only allowed with a native redirect_to')
}

function noSuchProvider(): ApiError {
  return new ApiError('not_found', 'No such provider.')
}

/** The answer for a provider's failure; of its reason only a word is logged, for the operator. */
function refuse(request: FastifyRequest, error: ProviderError): never {
  const { provider } = request.params as { provider: string }
  request.log.warn({ provider, reason: error.reason }, error.code)
  throw new ApiError(error.code, undefined, error.code === 'provider_unavailable' ? { retryAfterMs: 30_000 } : {})
}

function invalidState(): ApiError {
  return new ApiError('invalid_state', 'This sign-in has expired or was started in another browser. Start again.')
}
