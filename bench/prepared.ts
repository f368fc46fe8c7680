/** A database with everyone in it, as an engine offers it to the servers that are measured. */
export interface Prepared {
  /** What must be known of the engine to read the numbers; absent where there is nothing to say. */
  facts?: string
  /** For both servers: `DATABASE_URL`. A place for writing is a copy of its own, the same for each. */
  url(writes: boolean): Promise<string>
  /** The program of this engine's bare baseline. */
  baseline: string
  /** The users' ids by name. */
  ids: ReadonlyMap<string, string>
  /** Ends what was started for it. */
  close(): Promise<void>
}
