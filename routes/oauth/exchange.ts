import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { must } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { SignedIn } from '../accounts/schemas.ts'
import { open, problems, sends, withBody } from '../wire.ts'
import { noSuchProvider, type OAuthContext } from './context.ts'
import { Exchange } from './schemas.ts'

/** `POST /oauth/exchange`: a native app turns its code into a session. */
const exchange: FastifyPluginAsyncTypebox<OAuthContext> = async (app, { providers, codes }) => {
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
}
export default exchange
