import {
  AuthorizationResponseError,
  type Configuration,
  type CustomFetch,
  customFetch,
  ResponseBodyError,
} from 'openid-client'
import { ProviderError } from './provider.ts'

/** The options of calls to a provider. */
export interface Connection {
  fetch: CustomFetch
  /** For all calls during one request. */
  timeoutMs: number
}

/**
 * Runs calls to a provider, all within one deadline.
 * @param run connects its configurations with the `connect` that it is given.
 * @throws {ProviderError} for any failure: it counts as the provider's, and fails closed.
 */
export async function converse<T>(
  { fetch, timeoutMs }: Connection,
  run: (connect: <C extends Configuration>(config: C) => C, bounded: CustomFetch) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs)
  const bounded: CustomFetch = (url, options) => fetch(url, { ...options, signal })
  const connect = <C extends Configuration>(config: C) => {
    config[customFetch] = bounded
    return config
  }
  return run(connect, bounded).catch(error => {
    throw asProviderError(error)
  })
}

/** The error without its causes, which contain tokens and the provider's text. */
function asProviderError(error: unknown): ProviderError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ProviderError) return cause
  }
  return new ProviderError('provider_failed', reasonOf(error))
}

/** The loggable part of an error: a code of the library or of OAuth. */
function reasonOf(error: unknown): string {
  const told = error instanceof ResponseBodyError || error instanceof AuthorizationResponseError
  const reason = told ? error.error : (error as { code?: unknown }).code
  return typeof reason === 'string' && /^\w{1,60}$/.test(reason) ? reason : 'not understood'
}

/** Whether the person declined, not the provider. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AuthorizationResponseError && error.error === 'access_denied'
}
