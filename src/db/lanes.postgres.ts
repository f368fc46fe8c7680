import pg from 'pg'
import { Unavailable } from './database.ts'
import { type DistributionKey, distributionKeyOf } from './distribution-key.postgres.ts'
import { type Answer, pipelined } from './pipeline.postgres.ts'
import { type Bound, Statement } from './statement.postgres.ts'
import { textHash } from './text-hash.postgres.ts'

/** Connections for statements that are held up by the same machine, and by no other. */
export interface Lane {
  /** Calls `use` with a connection, or with the reason why there is none. */
  connect(use: (failure: Error | undefined, client: pg.PoolClient | undefined) => void): void
  /**
   * Takes a connection back.
   * @param error why the last packet on it failed.
   * @returns resolves when the connection can be used again, or is given up.
   */
  release(client: pg.PoolClient, error?: Error): Promise<void>
  /**
   * Ends a transaction in which a statement has failed, and takes the connection back.
   * @throws {Error} when the connection does not answer.
   */
  rollBack(client: pg.PoolClient): Promise<void>
}

/** The lanes of a database. */
export interface Lanes {
  /** The only lane, where there is one machine. */
  readonly only: Lane | undefined
  of(bounds: readonly Bound[]): Lane
  /** Gives up connections that wait for a machine. */
  close(): void
}

/** One machine: all connections of the pool. */
export function oneLane(pool: pg.Pool): Lanes {
  const only = unlimited(pool)
  return { only, of: () => only, close: () => {} }
}

const unlimited = (pool: pg.Pool): Lane => ({
  connect: use => pool.connect((failure, client) => use(failure, client)),
  release: async (client, error) => client.release(error),
  async rollBack(client) {
    const { error } = await new Promise<Answer>(resolve => pipelined(client, [rollback], resolve))
    client.release(error)
    if (error) throw error
  },
})

const rollback = new Statement('', { sql: 'rollback', params: [] }).with({})

/** Of the ten connections of a pool; so two hung machines leave some for the others. */
const maxPerMachine = 3
const maxForSeveral = 2
/** The longest wait for a connection, in ms: as long as one statement before it may take. */
const maxWaitMs = 10_000
/** A connection that is not usable this long after a failure is held up, in ms. */
const settledWithinMs = 250

/** The machine of each range of hashes, ascending: the last hash of a range, and its machine. */
export type ShardMap = readonly (readonly [last: number, machine: number])[]

/** Reads which machine has which users, and what lies beside them. It asks nobody but the coordinator. */
export async function shardMap(pool: pg.Pool): Promise<ShardMap> {
  const { rows } = await pool.query<{ last: number; machine: number }>(
    `select shardmaxvalue::int as last, min(groupid)::int as machine
     from pg_dist_shard join pg_dist_placement using (shardid)
     where logicalrelid = 'users'::regclass group by 1 order by 1`,
  )
  return rows.map(({ last, machine }) => [last, machine])
}

/**
 * A lane for each machine of a cluster, so that one that hangs holds up its own people only. A statement that waits for it
 * ends with its time-out, but its connection is not usable before the coordinator has got rid of the machine, which can take
 * until that answers again; and it would be held up again at once.
 * @param map of the time when the database is opened. It is read again when a machine hangs.
 */
export function lanesByMachine(pool: pg.Pool, map: ShardMap): Lanes {
  const keys = new WeakMap<Statement, DistributionKey>()
  const coordinator = unlimited(pool)
  let lanes = new Map<DistributionKey, LimitedLane>()
  const all = new Set<LimitedLane>()
  let current = map

  const renew = async () => {
    const read = await shardMap(pool).catch(() => current)
    if (JSON.stringify(read) === JSON.stringify(current)) return
    current = read
    // Shards have moved: lanes by the old map may have been held up by machines that are not theirs.
    lanes = new Map()
  }

  function placeOf({ statement, values }: Bound): DistributionKey {
    let key = keys.get(statement)
    if (key === undefined) {
      key = distributionKeyOf(statement.text)
      keys.set(statement, key)
    }
    if (typeof key !== 'number') return key
    const hash = textHash(String(values[key]))
    return current.find(([last]) => hash <= last)?.[1] ?? 'several'
  }

  function laneOf(place: DistributionKey): Lane {
    if (place === 'coordinator') return coordinator
    let lane = lanes.get(place)
    if (!lane) {
      lane = new LimitedLane(pool, place === 'several' ? maxForSeveral : maxPerMachine, () => void renew())
      lanes.set(place, lane)
      all.add(lane)
    }
    return lane
  }

  return {
    only: undefined,
    of(bounds) {
      const places = new Set(bounds.map(placeOf))
      places.delete('coordinator')
      const [first = 'coordinator', ...others] = places
      return laneOf(others.length > 0 ? 'several' : first)
    },
    close: () => all.forEach(lane => void lane.close()),
  }
}

interface Waiting {
  use: Parameters<Lane['connect']>[0]
  timer: NodeJS.Timeout
}

/** A part of a pool. While one of its connections is held up by the machine, it refuses everybody at once. */
class LimitedLane implements Lane {
  private readonly pool: pg.Pool
  private readonly limit: number
  private readonly heldUp: () => void
  private used = 0
  private readonly stuck = new Set<pg.PoolClient>()
  private waiting: Waiting[] = []

  constructor(pool: pg.Pool, limit: number, heldUp: () => void) {
    this.pool = pool
    this.limit = limit
    this.heldUp = heldUp
  }

  connect(use: Waiting['use']) {
    if (this.stuck.size > 0) use(new Unavailable('HUNG'), undefined)
    else if (this.used < this.limit) this.open(use)
    else {
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter(one => one.timer !== timer)
        use(new Unavailable('BUSY'), undefined)
      }, maxWaitMs)
      this.waiting.push({ use, timer })
    }
  }

  private open(use: Waiting['use']) {
    this.used++
    this.pool.connect((failure, client) => {
      if (client === undefined) this.free()
      use(failure, client)
    })
  }

  private free() {
    this.used--
    const next = this.waiting.shift()
    if (!next) return
    clearTimeout(next.timer)
    this.open(next.use)
  }

  release(client: pg.PoolClient, error?: Error): Promise<void> {
    // The server answered that a statement failed: the connection can be used again, as soon as it says so.
    if (error instanceof pg.DatabaseError) return this.rollBack(client)
    client.release(error)
    this.free()
    return Promise.resolve()
  }

  rollBack(client: pg.PoolClient) {
    return new Promise<void>(resolve => {
      const timer = setTimeout(() => {
        this.stuck.add(client)
        this.refuse()
        this.heldUp()
        resolve()
      }, settledWithinMs)
      const usable = (failure?: Error) => {
        clearTimeout(timer)
        this.stuck.delete(client)
        client.release(failure)
        this.free()
        resolve()
      }
      client.query('rollback').then(() => usable(), usable)
    })
  }

  private refuse() {
    const { waiting } = this
    this.waiting = []
    for (const { use, timer } of waiting) {
      clearTimeout(timer)
      use(new Unavailable('HUNG'), undefined)
    }
  }

  close() {
    // A client has a connection, which its types do not show.
    for (const client of this.stuck) (client as unknown as Connected).connection.stream.destroy()
  }
}

/** What the types of `pg` leave out: an orderly end would wait for the server. See test/db/undocumented.postgres.test.ts. */
interface Connected {
  connection: { stream: { destroy(): void } }
}
