import { getTableName } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { Conflict, Unavailable } from './database.ts'
import { postgresTables } from './schema.postgres.ts'
import { allTables } from './schema.ts'

/** What `pg` says of a failure. */
interface DriverError extends Error {
  code?: string
  table?: string
  routine?: string
  hint?: string
}

/**
 * Transient SQLSTATEs: connection exceptions, transaction rollback, insufficient resources, operator intervention (shutdown,
 * cancel), system errors, lock not available.
 */
const transient = /^(08|40|53|57|58|55P03)/

/** How `pg` reports a missing or lost connection when neither the server nor the system gave a code. */
const disconnected =
  /^(Connection terminated|timeout exceeded when trying|Client has encountered a connection error|Client was closed)/

/** How Citus reports that a machine of its cluster went away in the middle of a statement: as an internal error. */
const lostMachine =
  /^(failure on connection marked as essential|failed to prepare transaction|server closed the connection|connection not open|no connection to the server|could not (receive|send) data)/

/** Internal errors and unsupported features: of these classes the messages name statements and parts of the server only. */
const explained = /^(XX|0A)/

/** A failure that is neither a conflict nor transient. It carries the driver's code, and never a value. */
export class DatabaseFailure extends Error {
  constructor({ code, routine, hint, message }: DriverError) {
    const isExplained = explained.test(String(code))
    super(`the database failed: ${code}${isExplained ? `: ${message}` : ''}`)
    this.name = 'DatabaseFailure'
    // For the log: the function of the server that gave up, and its advice.
    if (isExplained) Object.assign(this, { routine, hint })
  }
}

/** Replaces a driver's error by one of ours, without its message, which can quote values. */
export function translate(error: unknown): unknown {
  // Not drizzle's own error, whose message quotes the values.
  const cause = ((error as Error).cause ?? error) as DriverError
  const { code, message } = cause
  if (code === '23505') return new Conflict(tableOf(cause))
  if (code === undefined) return disconnected.test(message) ? new Unavailable('DISCONNECTED') : cause
  // A SQLSTATE has five characters; Node's codes for a lost connection have more.
  const isLost = code === 'XX000' && lostMachine.test(message)
  if (code.length !== 5 || transient.test(code) || isLost) return new Unavailable(code)
  return new DatabaseFailure(cause)
}

/**
 * The table of a unique key. From a machine of a Citus cluster neither the table nor the constraint arrives but in the
 * message, and with the number of the shard: `... violates unique constraint "usernames_pkey_102584"`.
 */
function tableOf({ table, message }: DriverError): string {
  for (const [word] of `${table} ${message}`.matchAll(/\w+/g)) {
    const known = tablesByName.get(word) ?? tablesByName.get(word.replace(/_\d+$/, ''))
    if (known !== undefined) return known
  }
  return String(table)
}

/** The tables by their own names and those of their primary keys. */
const tablesByName = new Map(
  allTables(postgresTables).flatMap(([, table]) => {
    const name = getTableName(table)
    const key = getTableConfig(table as unknown as PgTable).primaryKeys[0]?.getName() ?? `${name}_pkey`
    return [name, key].map(word => [word, name] as const)
  }),
)
