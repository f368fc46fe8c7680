import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../../src/http/typebox.ts'
import { SignedIn, User } from '../accounts/schemas.ts'
import { open, problems } from '../wire.ts'
import callback from './callback.ts'
import { type OAuthOptions, oauthContext } from './context.ts'
import exchange from './exchange.ts'
import { ProviderList } from './schemas.ts'
import start from './start.ts'

/** Sign-in through Google, GitHub, Facebook or any OpenID provider (docs/decisions/oauth.md). */
const oauth: FastifyPluginAsyncTypebox<OAuthOptions> = async (app, options) => {
  for (const schema of [User, SignedIn, ProviderList]) app.addSchema(schema)
  const context = oauthContext(app, options)
  const { providers } = context

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

  await app.register(start, context)
  await app.register(callback, context)
  await app.register(exchange, context)
}
export default oauth
