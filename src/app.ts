import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyServerOptions, LogController } from 'fastify'
import packageJson from '../package.json' with { type: 'json' }
import accessLog from '../plugins/access-log.ts'
import accessTokens from '../plugins/access-tokens.ts'
import auth from '../plugins/auth.ts'
import { answerBrokenRequest } from '../plugins/broken-request.ts'
import clock from '../plugins/clock.ts'
import db from '../plugins/db.ts'
import draining from '../plugins/draining.ts'
import openapi from '../plugins/openapi.ts'
import passwords from '../plugins/passwords.ts'
import problems, { answerError } from '../plugins/problems.ts'
import sameOrigin from '../plugins/same-origin.ts'
import securityHeaders from '../plugins/security-headers.ts'
import validation, { buildValidator } from '../plugins/validation.ts'
import accountRoutes from '../routes/accounts/index.ts'
import moodRoutes from '../routes/mood/index.ts'
import profileRoutes from '../routes/profile.ts'
import serviceRoutes from '../routes/service.ts'
import { deriveKey } from './auth/secrets.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'

export interface AppOptions {
  config: Config
  /** Signs access tokens; everything else is derived from it. */
  jwtSecret: string
  database: Database
  /** The time, epoch ms. */
  now?: () => number
  logger?: FastifyServerOptions['logger']
}

/** The whole API, ready to listen or to be injected into. It owns the database from here on and closes it with itself. */
export async function buildApp({ config, jwtSecret, database, now = Date.now, logger = false }: AppOptions) {
  const app = Fastify({
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: { compilersFactory: { buildValidator } },
    trustProxy: [...config.trustProxy],
    bodyLimit: 64 * 1024,
    // These three together stop slow clients; none of them does alone.
    requestTimeout: 8_000,
    // Without `requireHostHeader` a request without Host is ours to refuse, in our own words.
    http: { headersTimeout: 4_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    frameworkErrors: answerError,
    clientErrorHandler: answerBrokenRequest,
  }).withTypeProvider<TypeBoxTypeProvider>()

  await app.register(draining)
  await app.register(accessLog, { level: config.logLevel })
  await app.register(problems)
  await app.register(securityHeaders, { corsOrigins: config.corsOrigins })
  await app.register(validation)
  await app.register(clock, { now })
  await app.register(db, { database })
  await app.register(passwords, { cost: config.bcryptCost })
  await app.register(accessTokens, { secret: jwtSecret })
  await app.register(sameOrigin, { publicUrl: config.publicUrl, corsOrigins: config.corsOrigins })
  await app.register(auth, {
    cookieSecure: config.cookieSecure,
    publicUrl: config.publicUrl,
    refreshKey: deriveKey(jwtSecret, 'refresh'),
  })
  await app.register(openapi, { version: packageJson.version })

  await app.register(serviceRoutes, { version: packageJson.version })
  await app.register(accountRoutes, { signupRoles: config.signupRoles })
  await app.register(profileRoutes)
  await app.register(moodRoutes)
  return app
}
