import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import type { Provider } from '../../src/oauth/provider.ts'
import { withParameter } from '../../src/oauth/redirects.ts'
import { type Begun, begunOf } from '../../src/oauth/states.ts'
import { open, problems } from '../wire.ts'
import type { Enter } from './arrival.ts'
import { type OAuthContext, openedByBrowser, providerErrors, refuseProvider } from './context.ts'
import { Callback, ProviderName, Redirect } from './schemas.ts'

type CallbackRequest = FastifyRequest<{ Querystring: Static<typeof Callback> }>

/** `GET /oauth/:provider/callback`: the provider sends the browser back. */
const callback: FastifyPluginAsyncTypebox<OAuthContext> = async (app, context) => {
  const { states, codes, arrival, providerOf, targetOf, showInApp } = context

  app.get(
    '/oauth/:provider/callback',
    {
      ...openedByBrowser,
      errorHandler: showInApp(303),
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
      const begun = await takenState(request, provider)
      reply.clearOwnCookie('oauth')
      const callback = new URL(begun.redirectUri)
      callback.search = request.url.replace(/^[^?]*/, '')
      const person = await provider.identify(callback, begun).catch(error => refuseProvider(request, error))
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
  async function takenState(request: CallbackRequest, { name }: Provider): Promise<Begun> {
    const { state } = request.query
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
export default callback

function invalidState(): ApiError {
  return new ApiError('invalid_state', 'This sign-in has expired or was started in another browser. Start again.')
}
