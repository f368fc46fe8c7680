import type { FastifyPluginAsync } from 'fastify'
import accountRoutes from './account.ts'
import eventRoutes from './events.ts'
import exportRoutes from './export.ts'
import identityRoutes from './identities.ts'
import renamingRoutes from './renaming.ts'
import { SignedIn, TokenOwner, Tokens, User, UserOrTokenOwner } from './schemas.ts'
import sessionRoutes from './sessions.ts'
import signInRoutes, { type SignInOptions } from './sign-in.ts'
import signUpRoutes, { type SignUpOptions } from './sign-up.ts'
import tokenRoutes from './tokens.ts'

export interface AccountOptions extends SignUpOptions, SignInOptions {}

/** Signing up and in, and all that belongs to an account besides its content. */
const accounts: FastifyPluginAsync<AccountOptions> = async (app, options) => {
  for (const schema of [User, TokenOwner, UserOrTokenOwner, SignedIn, Tokens]) app.addSchema(schema)
  await app.register(signUpRoutes, options)
  await app.register(signInRoutes, options)
  await app.register(renamingRoutes, options)
  await app.register(accountRoutes)
  await app.register(sessionRoutes)
  await app.register(eventRoutes)
  await app.register(exportRoutes)
  await app.register(tokenRoutes)
  await app.register(identityRoutes)
}
export default accounts
