import { and } from 'drizzle-orm'
import webPush from 'web-push'
import { openSealed, sealText } from '../auth/sealed-text.ts'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'

/** The key pair that push services know this server by (VAPID, RFC 8292), base64url. */
export interface VapidKeys {
  publicKey: string
  privateKey: string
}

const name = 'vapid'

/**
 * The key pair, made once for all processes and kept in the database, sealed with the server's secret. With another secret
 * it cannot be read: then it is made anew, and devices subscribe again.
 * @param sealKeys the present one first, then those that may still have sealed it.
 * @param now epoch ms.
 */
export function vapidKeys(
  { prepare, tables: { sealedKeys } }: Database,
  sealKeys: readonly [Buffer, ...Buffer[]],
  now: () => number,
): () => Promise<VapidKeys> {
  const find = prepare('sealed_key', { name: sealedKeys.name }, (db, { name }) =>
    db.select({ sealed: sealedKeys.sealed }).from(sealedKeys).where(eq(sealedKeys.name, name)),
  )
  const insert = prepare('sealed_key_insert', columnsOf(sealedKeys), (db, row) =>
    insertInto(db, sealedKeys, row).onConflictDoNothing(),
  )
  const replace = prepare(
    'sealed_key_replace',
    { ...columnsOf(sealedKeys), before: sealedKeys.sealed },
    (db, { name, before, ...changes }) =>
      updateOf(db, sealedKeys, changes).where(and(eq(sealedKeys.name, name), eq(sealedKeys.sealed, before))),
  )

  /** As all processes see it: also when two of them make one at once. */
  async function read(): Promise<VapidKeys> {
    for (;;) {
      const [row] = await find.execute({ name })
      const text = row && openSealed(row.sealed, sealKeys)
      if (text !== undefined) return JSON.parse(text) as VapidKeys
      const made = { name, sealed: sealText(JSON.stringify(webPush.generateVAPIDKeys()), sealKeys[0]) }
      const values = { ...made, createdAt: new Date(now()) }
      await (row ? replace.execute({ ...values, before: row.sealed }) : insert.execute(values))
    }
  }

  let kept: Promise<VapidKeys> | undefined
  return () => {
    kept ??= read().catch(error => {
      kept = undefined
      throw error
    })
    return kept
  }
}
