import type pg from 'pg'
import type { Params } from './database.ts'
import { type Answer, pipelined } from './pipeline.postgres.ts'
import type { Bound, RawRow, Statement } from './statement.postgres.ts'

interface Read {
  bound: Bound
  resolve: (rows: readonly RawRow[]) => void
  reject: (error: unknown) => void
}

/** Limits how long one execution waits for others. */
const maxReadsPerPacket = 16

/**
 * Executions of one statement that are requested in the same turn of the event loop share a packet: the sessions of all
 * requests that have just arrived, say. Different statements do not, so that a quick one never waits for a slow one.
 */
export function sharedReads(pool: pg.Pool) {
  let requested = new Map<Statement, Read[]>()

  function sendAll() {
    const turn = requested
    requested = new Map()
    for (const reads of turn.values()) {
      for (let start = 0; start < reads.length; start += maxReadsPerPacket)
        send(pool, reads.slice(start, start + maxReadsPerPacket))
    }
  }

  return (statement: Statement, params: Params) =>
    new Promise<readonly RawRow[]>((resolve, reject) => {
      const read = { bound: statement.with(params), resolve, reject }
      // A write would hold its locks until those behind it are done.
      if (!statement.isRead) return send(pool, [read])
      if (requested.size === 0) setImmediate(sendAll)
      const reads = requested.get(statement)
      if (reads) reads.push(read)
      else requested.set(statement, [read])
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
  // A packet is one transaction, so one failure fails all of them: each is tried again by itself.
  if (error && reads.length > 1) for (const read of reads) send(pool, [read])
  else
    for (const [i, { resolve, reject }] of reads.entries()) {
      if (error) reject(error)
      else resolve(rows[i] as readonly RawRow[])
    }
}
