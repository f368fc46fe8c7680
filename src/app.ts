import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyServerOptions, LogController } from 'fastify'
import packageJson from '../package.json' with { type: 'json' }
import accessLog from '../plugins/access-log.ts'
import accessTokens from '../plugins/access-tokens.ts'
import accountRemoval from '../plugins/account-removal.ts'
import audit from '../plugins/audit.ts'
import authentication from '../plugins/authentication.ts'
import authorization from '../plugins/authorization.ts'
import cacheSizes from '../plugins/cache-sizes.ts'
import clock from '../plugins/clock.ts'
import compression from '../plugins/compression.ts'
import db from '../plugins/db.ts'
import draining from '../plugins/draining.ts'
import guardedCommit from '../plugins/guarded-commit.ts'
import idempotency from '../plugins/idempotency.ts'
import importQueue from '../plugins/import-queue.ts'
import knownHosts from '../plugins/known-hosts.ts'
import mail from '../plugins/mail.ts'
import metrics from '../plugins/metrics.ts'
import network from '../plugins/network.ts'
import openapi from '../plugins/openapi.ts'
import ownCookies from '../plugins/own-cookies.ts'
import passwords from '../plugins/passwords.ts'
import problems, { answerError } from '../plugins/problems.ts'
import push from '../plugins/push.ts'
import quotas from '../plugins/quotas.ts'
import rateLimits from '../plugins/rate-limits.ts'
import reauthentication from '../plugins/reauthentication.ts'
import reminders from '../plugins/reminders.ts'
import sameOrigin from '../plugins/same-origin.ts'
import securityHeaders from '../plugins/security-headers.ts'
import signIn from '../plugins/sign-in.ts'
import streaming from '../plugins/streaming.ts'
import throttle from '../plugins/throttle.ts'
import turns from '../plugins/turns.ts'
import untrustedProxy from '../plugins/untrusted-proxy.ts'
import validation, { strangersBodyLimit } from '../plugins/validation.ts'
import emailRoutes from '../routes/accounts/email.ts'
import accountRoutes from '../routes/accounts/index.ts'
import passwordRoutes from '../routes/accounts/passwords.ts'
import adminRoutes from '../routes/admin/index.ts'
import metricsRoutes from '../routes/metrics.ts'
import moodRoutes from '../routes/mood/index.ts'
import oauthRoutes from '../routes/oauth/index.ts'
import pageRoutes from '../routes/pages/index.ts'
import unsubscribeRoutes from '../routes/pages/unsubscribe.ts'
import profileRoutes from '../routes/profile/index.ts'
import pushRoutes from '../routes/push/index.ts'
import serviceRoutes from '../routes/service.ts'
import taskRoutes from '../routes/tasks/index.ts'
import webRoutes from '../routes/web/index.ts'
import yogaRoutes from '../routes/yoga/index.ts'
import type { Passwords } from './auth/passwords.ts'
import { deriveKey } from './auth/secrets.ts'
import type { Config } from './config.ts'
import type { WritableDatabase } from './db/database.ts'
import { isPostgres } from './db/open.ts'
import { answerBrokenRequest } from './http/broken-requests.ts'
import { builtApp } from './http/built-app.ts'
import { requestLogger } from './http/request-logger.ts'
import { buildSerializer } from './http/serializers.ts'
import { buildValidator } from './http/validators.ts'
import { configuredProviders, type ProvidersOptions } from './oauth/configured-providers.ts'
import { type ProviderFetchOptions, providerFetch } from './oauth/provider-fetch.ts'
import type { PushOptions } from './push/push-service.ts'

export interface AppOptions {
  config: Config
  /** Signs access tokens; everything else is derived from it. */
  jwtSecret: string
  database: WritableDatabase
  /** A password pool shared by several apps and closed by its owner; by default each app has its own. */
  passwords?: Passwords
  /** The time, epoch ms. */
  now?: () => number
  /** Reads the metrics of all processes that share the port; by default this one is alone. */
  readAllMetrics?: () => Promise<string>
  logger?: FastifyServerOptions['logger']
  /** The folder of the built app, absolute; by default `web/dist` of the repository. */
  webFolder?: string
  /** How providers are reached and how long they may take; for tests, which have providers of their own. */
  oauth?: Partial<Pick<ProvidersOptions, 'timeoutMs' | 'origins'> & ProviderFetchOptions>
  /** How push services are reached; for tests, which have one of their own. */
  push?: PushOptions
  /** Time limits that nobody configures; for tests, whose machine may be slow. */
  timeouts?: {
    /** How long a guess at a password waits for others at the same name. */
    guessWaitMs?: number
    /** How long e-mails are still sent when the app closes. */
    mailDrainMs?: number
    /** How long an edit waits for others of the same thing. */
    turnWaitMs?: number
    /** How long an upload may send nothing. */
    uploadStallMs?: number
  }
}

/** The whole API, ready to listen or to be injected into. It owns the database and closes it with itself. */
export async function buildApp(options: AppOptions) {
  const {
    config,
    jwtSecret,
    database,
    passwords: shared,
    now = Date.now,
    logger = false,
    oauth = {},
    timeouts = {},
  } = options
  const app = Fastify({
    logger,
    childLoggerFactory: requestLogger,
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: { compilersFactory: { buildSerializer, buildValidator } },
    trustProxy: [...config.trustProxy],
    bodyLimit: strangersBodyLimit,
    // These three together stop slow clients; none of them does alone.
    requestTimeout: 8_000,
    // Without `requireHostHeader` we refuse a request without Host ourselves, as problem+json.
    http: { headersTimeout: 4_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    frameworkErrors: answerError,
    clientErrorHandler: answerBrokenRequest,
  }).withTypeProvider<TypeBoxTypeProvider>()

  const previousSecrets = config.jwtSecretPrevious === undefined ? [] : [config.jwtSecretPrevious]
  const keysFor = (purpose: string): [Buffer, ...Buffer[]] => [
    deriveKey(jwtSecret, purpose),
    ...previousSecrets.map(secret => deriveKey(secret, purpose)),
  ]
  const sealKeys = keysFor('refresh')

  const webApp = builtApp(options.webFolder)

  const providers = configuredProviders({
    ...oauth,
    settings: config.oauthProviders,
    fetchFor: providerFetch({ loopback: !config.production, ...oauth }),
    now,
  })

  await app.register(draining)
  await app.register(accessLog, { level: config.logLevel })
  await app.register(problems)
  await app.register(securityHeaders, {
    corsOrigins: config.corsOrigins,
    corsAnyOrigin: config.corsAnyOrigin,
  })
  await app.register(metrics, {
    enabled: config.metricsToken !== undefined,
    version: packageJson.version,
    engine: isPostgres(config.databaseUrl) ? 'postgres' : 'sqlite',
    readAll: options.readAllMetrics,
  })
  await app.register(clock, { now })
  await app.register(cacheSizes, { processes: config.workers })
  await app.register(network)
  await app.register(untrustedProxy, { trustProxy: config.trustProxy })
  await app.register(rateLimits, { enabled: config.rateLimit })
  await app.register(validation)
  await app.register(knownHosts, { host: config.host, publicUrl: config.publicUrl, trustProxy: config.trustProxy })
  await app.register(db, { database })
  await app.register(quotas, { limits: config.limits })
  await app.register(passwords, { cost: config.bcryptCost, shared })
  await app.register(accessTokens, {
    secret: jwtSecret,
    previousSecret: config.jwtSecretPrevious,
    lifetime: config.accessTokenSeconds,
  })
  await app.register(throttle, {
    enabled: config.rateLimit,
    key: deriveKey(jwtSecret, 'throttle'),
    maxWaitMs: timeouts.guessWaitMs,
  })
  await app.register(sameOrigin, { publicUrl: config.publicUrl, corsOrigins: config.corsOrigins })
  await app.register(compression)
  await app.register(ownCookies, { cookieSecure: config.cookieSecure, publicUrl: config.publicUrl })
  await app.register(authentication, { sealKey: sealKeys[0] })
  await app.register(authorization)
  await app.register(guardedCommit, { database })
  await app.register(turns, { maxWaitMs: timeouts.turnWaitMs })
  await app.register(streaming)
  await app.register(importQueue, { stallMs: timeouts.uploadStallMs })
  await app.register(audit)
  await app.register(signIn, { deviceKeys: keysFor('device') })
  await app.register(reauthentication)
  await app.register(idempotency)
  await app.register(accountRemoval)
  await app.register(mail, {
    smtpUrl: config.smtpUrl,
    from: config.mailFrom,
    key: deriveKey(jwtSecret, 'mail'),
    drainTimeoutMs: timeouts.mailDrainMs,
  })
  await app.register(push, { ...options.push, sealKeys: keysFor('push'), contact: contactOf(config) })
  await app.register(reminders, {
    keys: keysFor('unsubscribe'),
    appUrl: config.appUrl,
    ownUrl: config.ownUrl,
  })
  await app.register(openapi, { version: packageJson.version })

  await app.register(serviceRoutes, { version: packageJson.version })
  await app.register(metricsRoutes, { token: config.metricsToken })
  await app.register(accountRoutes, {
    signupRoles: config.signupRoles,
    signup: config.signup,
    sealKeys,
    hideAccounts: config.hideAccounts,
    appUrl: config.appUrl,
  })
  await app.register(emailRoutes, { appUrl: config.appUrl })
  await app.register(passwordRoutes, { appUrl: config.appUrl })
  await app.register(oauthRoutes, {
    providers,
    redirects: config.oauthRedirects,
    signupRoles: config.signupRoles,
    signup: config.signup,
    webApp,
  })
  await app.register(pageRoutes, { webApp })
  await app.register(webRoutes, { webApp, version: packageJson.version })
  await app.register(unsubscribeRoutes)
  await app.register(profileRoutes)
  await app.register(pushRoutes)
  await app.register(moodRoutes)
  await app.register(taskRoutes)
  await app.register(yogaRoutes)
  await app.register(adminRoutes, { version: packageJson.version })
  return app
}

/** Whom push services may write to about what this server sends: Apple's takes no address of this machine. */
function contactOf({ publicUrl, mailFrom }: Config): string {
  return publicUrl?.startsWith('https:') ? publicUrl : `mailto:${/<(.+)>/.exec(mailFrom)?.[1] ?? mailFrom}`
}
