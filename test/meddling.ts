import type { Params, WritableDatabase } from '../src/db/database.ts'

/** Runs instead of a prepared query; returns undefined to let it through. */
export type Intervention = (name: string, params: Params) => Promise<unknown> | undefined

/** A database that passes every query to the test first. */
export function meddling(intervene: { with: Intervention; atomic?: () => Promise<undefined> }) {
  return (database: WritableDatabase): WritableDatabase => ({
    ...database,
    prepare(name, values, build, json) {
      const prepared = database.prepare(name, values, build, json)
      return {
        ...prepared,
        execute: params =>
          (intervene.with(name, params) as ReturnType<typeof prepared.execute>) ?? prepared.execute(params),
      }
    },
    atomic: (...batch: Parameters<WritableDatabase['atomic']>) =>
      (intervene.atomic?.() ?? database.atomic(...batch)) as never,
    ping: () => (intervene.with('ping', {}) as Promise<void>) ?? database.ping(),
  })
}
