import type { Query } from './database.ts'

/**
 * A select whose rows nobody else can change or delete until its batch commits. PostgreSQL locks them, in the order of the
 * tables; on SQLite one batch runs at a time.
 */
export function locked<Q extends Query>(select: Q): Q {
  return 'for' in select ? (select as unknown as Lockable<Q>).for('no key update') : select
}

/** The builder on PostgreSQL. */
interface Lockable<Q> {
  for(strength: 'no key update'): Q
}
