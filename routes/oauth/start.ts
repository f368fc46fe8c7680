import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hashSecret, randomSecret } from '../../src/auth/secrets.ts'
import { ApiError } from '../../src/errors.ts'
import type { RedirectTarget } from '../../src/oauth/redirects.ts'
import { type Begun, stateLifetimeMs } from '../../src/oauth/states.ts'
import { guarded, open, problems } from '../wire.ts'
import { type OAuthContext, openedByBrowser, providerErrors, refuseProvider } from './context.ts'
import { ProviderName, Redirect, Start } from './schemas.ts'

/** `GET /oauth/:provider`: sends a browser to the provider. */
const start: FastifyPluginAsyncTypebox<OAuthContext> = async (app, context) => {
  const { states, defaultTarget, providerOf, targetOf, showInApp } = context

  app.get(
    '/oauth/:provider',
    {
      ...openedByBrowser,
      errorHandler: showInApp(302),
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
        redirect_to: redirectTo = defaultTarget,
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
      const there = await provider.authorizationUrl(flow).catch(error => refuseProvider(request, error))
      const binding = randomSecret()
      const begun: Begun = { ...flow, provider: provider.name, redirectTo, challenge, invitationHash, linker }
      await app.commitUnguarded([states.keepingWrite(begun, binding, app.now())])
      return reply.setOwnCookie('oauth', binding, stateLifetimeMs).redirect(there.href, 302)
    },
  )

  /**
   * The user who links: a recent sign-in and a page of ours are required, because opening the address has an effect.
   */
  async function linkerOf(request: FastifyRequest, reply: FastifyReply) {
    await app.requires('account:manage')(request, reply)
    app.refuseForeignLink(request)
    await request.confirmOwner()
    return { user: request.principal.user.id, session: request.session.id }
  }
}
export default start

/** An app proves with its challenge that a code is its own; a page gets a cookie and needs none. */
function refuseUnfit({ native }: RedirectTarget, challenge: string | null, links: boolean) {
  if (native && links) throw new ApiError('invalid_request', 'link cannot be combined with a native redirect_to')
  if (native && challenge === null)
    throw new ApiError('invalid_request', 'code_challenge is required with a native redirect_to')
  if (!native && challenge !== null)
    throw new ApiError('invalid_request', 'code_challenge is only allowed with a native redirect_to')
}
