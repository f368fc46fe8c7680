import { type Params, Unavailable } from './database.ts'
import type { Lane, Lanes } from './lanes.postgres.ts'
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
 * requests that have just arrived, say. Different statements do not, so that a quick one never waits for a slow one, nor do
 * those of different machines of a cluster.
 */
export function sharedReads(lanes: Lanes) {
  let requested = new Map<Statement, Read[]>()

  function sendAll() {
    const turn = requested
    requested = new Map()
    for (const reads of turn.values()) {
      if (lanes.only) sendPackets(lanes.only, reads)
      else for (const [lane, its] of Map.groupBy(reads, ({ bound }) => lanes.of([bound]))) sendPackets(lane, its)
    }
  }

  return (statement: Statement, params: Params) =>
    new Promise<readonly RawRow[]>((resolve, reject) => {
      const read = { bound: statement.with(params), resolve, reject }
      // A write would hold its locks until those behind it are done.
      if (!statement.isRead) return send(lanes.of([read.bound]), [read])
      if (requested.size === 0) setImmediate(sendAll)
      const reads = requested.get(statement)
      if (reads) reads.push(read)
      else requested.set(statement, [read])
    }).then(rows => statement.rows(rows))
}

function sendPackets(lane: Lane, reads: readonly Read[]) {
  for (let start = 0; start < reads.length; start += maxReadsPerPacket)
    send(lane, reads.slice(start, start + maxReadsPerPacket))
}

function send(lane: Lane, reads: readonly Read[]) {
  lane.connect((failure, client) => {
    if (client === undefined) {
      for (const { reject } of reads) reject(failure)
      return
    }
    const bounds = reads.map(({ bound }) => bound)
    pipelined(client, bounds, answer => {
      const released = lane.release(client, answer.error)
      settle(lane, reads, answer, released)
    })
  })
}

function settle(lane: Lane, reads: readonly Read[], { rows, error }: Answer, released: Promise<void>) {
  // A packet is one transaction, so one failure fails all of them: each is tried again by itself.
  if (error && reads.length > 1 && !(error instanceof Unavailable)) {
    const tooSlow = error.code === timedOut ? reads[rows.length] : undefined
    tooSlow?.reject(error)
    void released.then(() => reads.forEach(read => void (read === tooSlow || send(lane, [read]))))
    return
  }
  for (const [i, { resolve, reject }] of reads.entries()) {
    if (error) reject(error)
    else resolve(rows[i] as readonly RawRow[])
  }
}

/** `query_canceled`, by the time-out of a statement: another try would take as long. */
const timedOut = '57014'
