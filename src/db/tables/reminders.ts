import type { PushSubscriptionId, UserId } from '../../ids.ts'
import { reminderKinds } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import { ownedTable, sharedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** What is sent to people unasked, at a time of theirs (docs/decisions/reminders.md). */
export function reminderTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  /** No row until one is turned on. It stays when it is turned off, so that turning it on again sends nothing twice. */
  const reminders = c.table(
    'reminders',
    {
      userId: c.id<UserId>('user_id').notNull(),
      kind: c.oneOf('kind', [...reminderKinds]).notNull(),
      /** The local time, `HH:MM`; null while it is off. */
      at: c.str('at'),
      /** When it is looked at next; null while it is off. */
      dueAt: c.instant('due_at'),
      /** The local day that one was last claimed for; of a digest the Monday. */
      doneFor: c.day('done_for'),
      /** Of the present one, those that failed. */
      attempts: c.int('attempts').notNull(),
      /** The id of the last claim. */
      claim: c.id('claim'),
    },
    t => [
      c.primaryKey({ name: 'reminders_pk', columns: [t.userId, t.kind] }),
      c.foreignKey({ name: 'reminders_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('reminders_by_due').on(t.dueAt),
    ],
  )

  /** The browsers and phones that a person wants to be reminded on. */
  const pushSubscriptions = c.table(
    'push_subscriptions',
    {
      userId: c.id<UserId>('user_id').notNull(),
      /** Made from the endpoint, so that a device which subscribes again has one row. */
      id: c.id<PushSubscriptionId>('id').notNull(),
      /** The address at the push service, which nobody else knows. */
      endpoint: c.str('endpoint').notNull(),
      /** The device's public key and shared secret, base64url. */
      p256dh: c.str('p256dh').notNull(),
      auth: c.str('auth').notNull(),
      /** In a row: one that fails too often is dropped. */
      failures: c.int('failures').notNull(),
      createdAt: c.instant('created_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'push_subscriptions_pk', columns: [t.userId, t.id] }),
      c
        .foreignKey({ name: 'push_subscriptions_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  /** Keys that are made once and that others remember, sealed with the server's secret. */
  const sealedKeys = c.table('sealed_keys', {
    name: c.id('name').primaryKey(),
    sealed: c.str('sealed').notNull(),
    createdAt: c.instant('created_at').notNull(),
  })

  return {
    reminders: ownedTable(reminders, { not: 'is `digest` and `reminder_at`, in `profile`' }),
    pushSubscriptions: ownedTable(pushSubscriptions, {
      as: 'push_subscriptions',
      without: ['p256dh', 'auth', 'failures'],
    }),
    sealedKeys: sharedTable(sealedKeys, {
      exported: { not: "is the server's" },
      erased: { otherwise: 'says nothing of anybody' },
    }),
  }
}
