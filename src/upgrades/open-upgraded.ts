import type { WritableDatabase } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import { listPublished } from './list-published.ts'
import { onTime } from './on-time.ts'
import { runUpgrades } from './run-upgrades.ts'
import { tidySequences } from './tidy-sequences.ts'
import { tidyTags } from './tidy-tags.ts'
import { unknownInstants } from './unknown-instants.ts'

/** In the order in which they are made; one that was released stays here for ever. */
const upgrades = [unknownInstants, tidyTags, tidySequences, listPublished, onTime]

/**
 * Opens the database that a URL names, its schema and its data brought up to date: how every program opens one.
 * @param url as of `openDatabase`.
 * @throws {Error} where it cannot be opened or upgraded; an upgrade that was interrupted goes on the next time.
 */
export async function openUpgraded(url: string): Promise<WritableDatabase> {
  const database = await openDatabase(url)
  try {
    await runUpgrades(database, upgrades, Date.now)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}
