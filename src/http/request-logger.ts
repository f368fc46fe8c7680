import type { FastifyBaseLogger } from 'fastify'

/**
 * The logger of a request, which is made when something is logged. For most requests nothing is, and making pino's takes
 * as long as everything else that Fastify does before a request reaches its route.
 */
class RequestLogger {
  #made: FastifyBaseLogger | undefined
  readonly #make: () => FastifyBaseLogger

  constructor(make: () => FastifyBaseLogger) {
    this.#make = make
  }

  get logger(): FastifyBaseLogger {
    this.#made ??= this.#make()
    return this.#made
  }

  get level(): string {
    return this.logger.level
  }
}

for (const method of ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent', 'child'] as const) {
  Object.defineProperty(RequestLogger.prototype, method, {
    value(this: RequestLogger, ...args: unknown[]) {
      const { logger } = this
      return Reflect.apply(logger[method], logger, args)
    },
  })
}

/** For Fastify's `childLoggerFactory`. */
export function requestLogger(
  parent: FastifyBaseLogger,
  bindings: Record<string, unknown>,
  options: object,
): FastifyBaseLogger {
  return new RequestLogger(() => parent.child(bindings, options)) as unknown as FastifyBaseLogger
}
