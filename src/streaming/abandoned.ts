import type { EventEmitter } from 'node:events'

/**
 * Aborts when nobody waits for an answer any more.
 * @param connection emits `close` then.
 */
export function abandonedBy(connection: EventEmitter): AbortSignal {
  const abandoned = new AbortController()
  connection.once('close', () => abandoned.abort())
  return abandoned.signal
}
