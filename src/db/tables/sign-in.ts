import type {
  AnyId,
  AuthorizationCodeId,
  EventId,
  LinkId,
  OneTimeCodeId,
  SessionId,
  TokenId,
  UserId,
} from '../../ids.ts'
import { codePurposes, eventKinds, type Scope } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import { ownedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** Sessions, tokens, codes and identities, and the events of accounts. */
export function signInTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  const sessions = c.table(
    'sessions',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<SessionId>('id').notNull(),
      cookieHash: c.str('cookie_hash').notNull(),
      refreshHash: c.str('refresh_hash').notNull(),
      /** The hash that `refreshHash` replaced: presenting it again within the grace period counts as a retry. */
      replacedRefreshHash: c.str('replaced_refresh_hash'),
      refreshedAt: c.instant('refreshed_at').notNull(),
      /** The time of the sign-in. */
      createdAt: c.instant('created_at').notNull(),
      /** When the password was last confirmed; null until then. */
      confirmedAt: c.instant('confirmed_at'),
      /** Accurate to five minutes; null until the first use after that. */
      lastUsedAt: c.instant('last_used_at'),
      expiresAt: c.instant('expires_at').notNull(),
      /** The origin of the sign-in, for the user to recognise it. */
      ip: c.str('ip'),
      device: c.str('device'),
    },
    t => [
      c.primaryKey({ name: 'sessions_pk', columns: [t.userId, t.id] }),
      c.index('sessions_by_expiry').on(t.expiresAt),
      c.foreignKey({ name: 'sessions_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** Personal access tokens; each is shown once and stored as a hash. */
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

  /** Events of an account, for its owner to read. Deleted with the account. */
  const events = c.table(
    'events',
    {
      userId: c.id<UserId>('user_id').notNull(),
      /** A UUIDv7, so that the order of the ids is the order of time. */
      id: c.id<EventId>('id').notNull(),
      at: c.instant('at').notNull(),
      kind: c.oneOf('kind', [...eventKinds]).notNull(),
      /** The user who did it; null for strangers. */
      actorId: c.id<UserId>('actor_id'),
      /** The session, token or account that it was done to. */
      targetId: c.id<AnyId>('target_id'),
      ip: c.str('ip'),
      device: c.str('device'),
    },
    t => [
      c.primaryKey({ name: 'events_pk', columns: [t.userId, t.id] }),
      c.index('events_by_time').on(t.at),
      c.index('events_by_kind').on(t.userId, t.kind, t.id),
      c.foreignKey({ name: 'events_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** The uses of idempotency keys, for a day. */
  const idempotencyKeys = c.table(
    'idempotency_keys',
    {
      userId: c.id<UserId>('user_id').notNull(),
      key: c.str('key').notNull(),
      digest: c.str('digest').notNull(),
      /** The status of the answer: releases before this one wrote a number here. */
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

  /** One-time codes: they verify an address or reset a password. */
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

  /** Authorization codes, which an app exchanges after a sign-in in the browser. */
  const handoverCodes = c.table(
    'handover_codes',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<AuthorizationCodeId>('id').notNull(),
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

  /** The linked identities of a user. */
  const userIdentities = c.table(
    'user_identities',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<LinkId>('id').notNull(),
      /** Its name in the configuration at the time. */
      provider: c.str('provider').notNull(),
      issuer: c.str('issuer').notNull(),
      subject: c.str('subject').notNull(),
      /** The provider's address at the last sign-in, verified or not, for the user to recognise it. */
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

  return {
    sessions: ownedTable(sessions, {
      as: 'sessions',
      without: ['cookieHash', 'refreshHash', 'replacedRefreshHash', 'refreshedAt'],
    }),
    personalTokens: ownedTable(personalTokens, { as: 'tokens', without: ['secretHash'] }),
    userIdentities: ownedTable(userIdentities, { as: 'identities' }),
    events: ownedTable(events, { as: 'events' }),
    idempotencyKeys: ownedTable(idempotencyKeys, {
      not: 'is gone after a day, and says nothing but what was made',
    }),
    oneTimeCodes: ownedTable(oneTimeCodes, { not: 'is gone after a day, and a secret' }),
    handoverCodes: ownedTable(handoverCodes, { not: 'is gone after a minute, and a secret' }),
  }
}
