import type { EventEmitter } from 'node:events'

/**
 * Aborts when nobody waits for an answer any more, at once where that is so already.
 * @param connection emits `close` then.
 */
export function abandonedBy(connection: EventEmitter & { readonly destroyed: boolean }): AbortSignal {
  const abandoned = new AbortController()
  if (connection.destroyed) abandoned.abort()
  connection.once('close', () => abandoned.abort())
  return abandoned.signal
}
