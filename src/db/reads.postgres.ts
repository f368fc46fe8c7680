import type pg from 'pg'
import type { Params } from './database.ts'
import { type Answer, pipelined } from './pipeline.postgres.ts'
import type { Bound, RawRow, Statement } from './statement.postgres.ts'

interface Read {
  bound: Bound
  resolve: (rows: readonly RawRow[]) => void
  reject: (error: unknown) => void
}

/** How many executions are sent together at most: an end to how long one waits for others. */
const together = 16

/**
 * Executions of one statement that are asked for in the same turn of the event loop go to the server in one packet: the
 * sessions of all requests that have just come in, say. Those of different statements do not, so that a quick one never
 * waits for a slow one.
 */
export function sharedReads(pool: pg.Pool) {
  let asked = new Map<Statement, Read[]>()

  function sendAll() {
    const turn = asked
    asked = new Map()
    for (const reads of turn.values()) {
      for (let start = 0; start < reads.length; start += together) send(pool, reads.slice(start, start + together))
    }
  }

  return (statement: Statement, params: Params) =>
    new Promise<readonly RawRow[]>((resolve, reject) => {
      const read = { bound: statement.with(params), resolve, reject }
      // A write would keep its locks until those after it are done.
      if (!statement.isRead) return send(pool, [read])
      if (asked.size === 0) setImmediate(sendAll)
      const reads = asked.get(statement)
      if (reads) reads.push(read)
      else asked.set(statement, [read])
    }).then(rows => statement.rows(rows))
}

function send(pool: pg.Pool, reads: readonly Read[]) {
  pool.connect((failure, client, release) => {
    if (client === undefined) {
      for (const { reject } of reads) reject(failure)
      return
    }
    const bounds = reads.map(({ bound }) => bound)
    pipelined(client, bounds, answer => {
      release(answer.error)
      settle(pool, reads, answer)
    })
  })
}

function settle(pool: pg.Pool, reads: readonly Read[], { rows, error }: Answer) {
  // What was sent together is one transaction: what others did in it is undone, and each is tried by itself.
  if (error && reads.length > 1) for (const read of reads) send(pool, [read])
  else
    for (const [i, { resolve, reject }] of reads.entries()) {
      if (error) reject(error)
      else resolve(rows[i] as readonly RawRow[])
    }
}
