import { randomUUID } from 'node:crypto'
import type { WritableDatabase } from '../db/database.ts'
import { updateOf } from '../db/statements.ts'

/**
 * Ends every cursor: its versions are those of a database that is no more. After a backup was restored the same versions
 * come again and stand for other changes, so each device has to start over.
 */
export async function renewEpoch({ prepare, atomic, tables: { installation } }: WritableDatabase): Promise<void> {
  const renew = prepare('installation_epoch', { epoch: installation.epoch }, (db, { epoch }) =>
    updateOf(db, installation, { epoch }),
  )
  await atomic([renew.asWrite({ epoch: randomUUID().replaceAll('-', '') })])
}
