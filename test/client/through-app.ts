import type { Test } from 'tap'
import { type ClientOptions, createClient } from '../../client/src/index.ts'
import { type BuildOptions, build, type Clock } from '../helper.ts'
import { fetchOf } from './fetch-of-app.ts'

export interface Sent {
  method: string
  path: string
  headers: Record<string, string>
}

/** What may happen to a request: nothing, or an answer or error instead of what the app says. */
export type Meddle = (sent: Sent, ask: () => Promise<Response>) => Promise<Response> | undefined

/** An app and clients of it. `waits` are the pauses (ms) that clients made between attempts: none is waited for. */
export async function clients(t: Test, options: BuildOptions = {}) {
  const { app, clock, database } = await build(t, options)
  const ask = fetchOf(app)
  const sent: Sent[] = []
  const waits: number[] = []
  const meddling: { with?: Meddle | undefined } = {}

  function make(more: ClientOptions = {}) {
    return createClient({
      timezone: () => undefined,
      ...more,
      environment: {
        now: () => clock.now,
        random: () => 1,
        later: (work, ms) => {
          // Time-outs of attempts never come; pauses are over at once.
          if (ms >= 30_000) return () => {}
          waits.push(ms)
          queueMicrotask(work)
          return () => {}
        },
        fetch: async (url, init) => {
          const one = { method: init.method as string, path: url, headers: init.headers as Record<string, string> }
          sent.push(one)
          init.signal?.throwIfAborted()
          return (await meddling.with?.(one, () => ask(url, init))) ?? ask(url, init)
        },
        ...more.environment,
      },
    })
  }
  return { app, clock: clock as Clock, database, make, sent, waits, meddling }
}
