import type { CrowdData } from './crowd/data.ts'

/** A database with all users, for the servers to measure. */
export interface Prepared {
  /** The engine's data, for the interpretation of the results; optional. */
  facts?: string
  /** `DATABASE_URL` for both servers. Each gets its own copy for writing. */
  url(writes: boolean): Promise<string>
  /** Many people, made when first asked for. */
  crowd(): Promise<CrowdData>
  /** The program of this engine's bare baseline. */
  baseline: string
  /** The users' ids by name. */
  ids: ReadonlyMap<string, string>
  /** Stops everything that was started for it. */
  close(): Promise<void>
}

/** A function that makes something when first called, and returns it again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
