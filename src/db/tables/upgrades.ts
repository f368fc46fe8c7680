import type { Columns } from '../columns.ts'
import { sharedTable } from '../described.ts'

/** What has been done to the data of this database that SQL cannot do: its own, and not copied to another one. */
export function upgradeTables(c: Columns) {
  const upgrades = c.table('upgrades', {
    name: c.id('name').primaryKey(),
    /** The place up to which it is done; empty before the first step. */
    position: c.str('position').notNull(),
    /** Null while it is under way, or was interrupted. */
    finishedAt: c.instant('finished_at'),
  })
  return {
    upgrades: sharedTable(upgrades, {
      copied: false,
      exported: { not: "is the database's" },
      erased: { otherwise: 'says nothing of anybody' },
    }),
  }
}
