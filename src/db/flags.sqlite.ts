import type { Database as Client } from 'better-sqlite3'

/** Pending work on a SQLite file, stored in its `user_version` so that it survives a restart. */

/** From before a migration until its result has been checked. */
export const unchecked = 1
/** Something was deleted that may have left copies in the file. */
export const unwiped = 2

const flags = (client: Client) => client.pragma('user_version', { simple: true }) as number

export function hasFlag(client: Client, bit: number): boolean {
  return (flags(client) & bit) !== 0
}

export function flag(client: Client, bit: number) {
  client.pragma(`user_version = ${flags(client) | bit}`)
}

export function unflag(client: Client, bit: number) {
  client.pragma(`user_version = ${flags(client) & ~bit}`)
}
