import type { AnyId, EventId, HandoverCodeId, LinkId, OneTimeCodeId, SessionId, TokenId, UserId } from '../../ids.ts'
import { codePurposes, eventKinds, type Scope } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import type { accountTables } from './accounts.ts'

/** What people sign in with, and what happened when they did. */
export function signInTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  const sessions = c.table(
    'sessions',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<SessionId>('id').notNull(),
      cookieHash: c.str('cookie_hash').notNull(),
      refreshHash: c.str('refresh_hash').notNull(),
      /** The hash that `refreshHash` replaced: presenting it again within the grace period is an honest retry. */
      replacedRefreshHash: c.str('replaced_refresh_hash'),
      refreshedAt: c.instant('refreshed_at').notNull(),
      /** The sign-in. */
      createdAt: c.instant('created_at').notNull(),
      /** When the password was last given again; null until then. */
      confirmedAt: c.instant('confirmed_at'),
      /** Within five minutes; null until it is used that long after the sign-in. */
      lastUsedAt: c.instant('last_used_at'),
      expiresAt: c.instant('expires_at').notNull(),
      /** From where the sign-in came, for the person to recognise it by. */
      ip: c.str('ip'),
      device: c.str('device'),
    },
    t => [
      c.primaryKey({ name: 'sessions_pk', columns: [t.userId, t.id] }),
      c.index('sessions_by_expiry').on(t.expiresAt),
      c.foreignKey({ name: 'sessions_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** What scripts sign in with; each is shown once and kept as a hash. */
  const personalTokens = c.table(
    'personal_tokens',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<TokenId>('id').notNull(),
      name: c.str('name').notNull(),
      secretHash: c.str('secret_hash').notNull(),
      scopes: c.json<Scope[]>('scopes').notNull(),
      createdAt: c.instant('created_at').notNull(),
      lastUsedAt: c.instant('last_used_at'),
      expiresAt: c.instant('expires_at'),
    },
    t => [
      c.primaryKey({ name: 'personal_tokens_pk', columns: [t.userId, t.id] }),
      c
        .foreignKey({ name: 'personal_tokens_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  /** What happened to an account, for its owner to read. Goes with the account. */
  const events = c.table(
    'events',
    {
      userId: c.id<UserId>('user_id').notNull(),
      /** A UUIDv7, so that the order of the ids is the order of time. */
      id: c.id<EventId>('id').notNull(),
      at: c.instant('at').notNull(),
      kind: c.oneOf('kind', [...eventKinds]).notNull(),
      /** Who did it; null for strangers. */
      actorId: c.id<UserId>('actor_id'),
      /** What it was done to: a session, a token, an account. */
      targetId: c.id<AnyId>('target_id'),
      ip: c.str('ip'),
      device: c.str('device'),
    },
    t => [
      c.primaryKey({ name: 'events_pk', columns: [t.userId, t.id] }),
      c.index('events_by_time').on(t.at),
      c.foreignKey({ name: 'events_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** What clients have made with an `Idempotency-Key`, for a day. */
  const idempotencyKeys = c.table(
    'idempotency_keys',
    {
      userId: c.id<UserId>('user_id').notNull(),
      key: c.str('key').notNull(),
      digest: c.str('digest').notNull(),
      /** What the request led to: the number that releases before this one wrote for a thing that was made. */
      outcome: c.int('status').notNull(),
      resourceId: c.id<AnyId>('resource_id').notNull(),
      createdAt: c.instant('created_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'idempotency_keys_pk', columns: [t.userId, t.key] }),
      c.index('idempotency_keys_by_time').on(t.createdAt),
      c
        .foreignKey({ name: 'idempotency_keys_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  /** What stands in for a sign-in once: it verifies an address, or sets a forgotten password. */
  const oneTimeCodes = c.table(
    'one_time_codes',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<OneTimeCodeId>('id').notNull(),
      purpose: c.oneOf('purpose', [...codePurposes]).notNull(),
      secretHash: c.str('secret_hash').notNull(),
      /** The address it was sent to; null when the operator made it on the server. */
      email: c.str('email'),
      createdAt: c.instant('created_at').notNull(),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'one_time_codes_pk', columns: [t.userId, t.id] }),
      c.index('one_time_codes_by_expiry').on(t.expiresAt),
      c
        .foreignKey({ name: 'one_time_codes_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  /** What an app swaps for a sign-in that a browser made for it. */
  const handoverCodes = c.table(
    'handover_codes',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<HandoverCodeId>('id').notNull(),
      secretHash: c.str('secret_hash').notNull(),
      challenge: c.str('challenge').notNull(),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'handover_codes_pk', columns: [t.userId, t.id] }),
      c.index('handover_codes_by_expiry').on(t.expiresAt),
      c
        .foreignKey({ name: 'handover_codes_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  /** The identities at providers that a person signs in with. */
  const userIdentities = c.table(
    'user_identities',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<LinkId>('id').notNull(),
      /** Its name in the configuration at the time. */
      provider: c.str('provider').notNull(),
      issuer: c.str('issuer').notNull(),
      subject: c.str('subject').notNull(),
      /** What the provider said at the last sign-in, verified or not: for the person to know it by. */
      email: c.str('email'),
      createdAt: c.instant('created_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'user_identities_pk', columns: [t.userId, t.id] }),
      c
        .foreignKey({ name: 'user_identities_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  return { sessions, personalTokens, events, idempotencyKeys, oneTimeCodes, handoverCodes, userIdentities }
}
