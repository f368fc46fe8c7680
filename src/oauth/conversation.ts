import {
  AuthorizationResponseError,
  type Configuration,
  type CustomFetch,
  customFetch,
  ResponseBodyError,
} from 'openid-client'
import { ProviderError } from './provider.ts'

/** How a provider is asked. */
export interface Connection {
  fetch: CustomFetch
  /** For all that one request asks of it. */
  timeoutMs: number
}

/**
 * Runs what takes calls to a provider, all of them within one deadline. @param run makes its configurations talk by the
 * `connect` it is handed. @throws {ProviderError} whatever goes wrong: it is the provider's doing, and fails closed.
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

/** The error without its causes, which hold tokens and what the provider said. */
function asProviderError(error: unknown): ProviderError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ProviderError) return cause
  }
  return new ProviderError('provider_failed', reasonOf(error))
}

/** What may stand in a log: a code of the library's or of OAuth's, which are words. */
function reasonOf(error: unknown): string {
  const told = error instanceof ResponseBodyError || error instanceof AuthorizationResponseError
  const reason = told ? error.error : (error as { code?: unknown }).code
  return typeof reason === 'string' && /^\w{1,60}$/.test(reason) ? reason : 'not understood'
}

/** Whether the person, and not the provider, said no. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AuthorizationResponseError && error.error === 'access_denied'
}
