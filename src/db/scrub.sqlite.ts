import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import Client from 'better-sqlite3'
import { flag, unflag, unscrubbed } from './flags.sqlite.ts'

/** Up to this size (bytes) a file is rewritten at once; a larger one holds up everybody who writes, and waits for the night. */
export const rewrittenAtOnce = 256 * 1024 * 1024

/** How long (ms) readers of other processes, a backup for one, may hold the log before that is left to the night. */
const patience = 10_000
/** How long (ms) each attempt to empty the log waits: while it does, nobody can write, in any process. */
const attempt = 20

export interface Scrub {
  path: string
  /** Files of more bytes are not rewritten but marked. */
  limit: number
}

/**
 * Rewrites a SQLite file without what was deleted from it, and empties its log. `secure_delete` alone leaves copies: of
 * rows that were moved while pages were balanced, and in the log as long as a reader of any process holds it.
 * @param rewritten is called when nothing is left to do but to wait for such readers: others may write again.
 */
export async function scrubFile({ path, limit }: Scrub, rewritten = () => {}, patient = patience): Promise<void> {
  const client = new Client(path)
  try {
    client.pragma('busy_timeout = 10000')
    client.pragma('secure_delete = ON')
    if (statSync(path).size > limit) {
      flag(client, unscrubbed)
    } else {
      client.exec('vacuum')
      unflag(client, unscrubbed)
    }
    client.pragma(`busy_timeout = ${attempt}`)
    let busy = isBusy(client)
    rewritten()
    for (let waited = 0; busy && waited < patient; waited += attempt + 50) {
      await sleep(50)
      busy = isBusy(client)
    }
    client.pragma('busy_timeout = 10000')
    if (busy) flag(client, unscrubbed)
  } finally {
    client.close()
  }
}

function isBusy(client: Client.Database): boolean {
  const [result] = client.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
  return result?.busy !== 0
}

/** The same in a thread of its own, because it takes about a second for every hundred megabytes. */
export function scrubInThread(scrub: Scrub, rewritten = () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./scrub-worker.sqlite.ts', import.meta.url), { workerData: scrub })
    worker.once('message', rewritten)
    worker.once('error', reject)
    worker.once('exit', () => resolve())
  })
}
