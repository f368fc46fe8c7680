import type { ActionId, SessionId, UserId } from '../../ids.ts'
import { adminActions, roles } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'

/** Accounts, and what is looked up before anybody knows whose it is. */
export function accountTables(c: Columns) {
  const users = c.table('users', {
    id: c.id<UserId>('id').primaryKey(),
    username: c.str('username').notNull(),
    email: c.str('email'),
    firstName: c.str('first_name'),
    lastName: c.str('last_name'),
    role: c.oneOf('role', [...roles]).notNull(),
    passwordHash: c.str('password_hash'),
    /** Null until the person sets one; their days are then UTC's. */
    timezone: c.str('timezone'),
    dayStartsAt: c.int('day_starts_at').notNull(),
    moodMin: c.float('mood_min').notNull(),
    moodMax: c.float('mood_max').notNull(),
    /** Rises by one with every change of the user's moods: the key of everything derived from them. */
    moodVersion: c.int('mood_version').notNull(),
    createdAt: c.instant('created_at').notNull(),
    updatedAt: c.instant('updated_at').notNull(),
    /** Rises by one with every change of the user's tasks: the key of the lists that are kept. */
    taskVersion: c.int('task_version').notNull().default(0),
    /** When the person showed that the e-mail address is theirs; null until then, and again with each new address. */
    emailVerifiedAt: c.instant('email_verified_at'),
    /** Set while nobody may sign in to the account or use its sessions. */
    disabledAt: c.instant('disabled_at'),
  })

  /** Who has a username, after folding. No foreign key: on a sharded engine this table lives elsewhere. */
  const usernames = c.table('usernames', {
    folded: c.str('folded').primaryKey(),
    userId: c.id<UserId>('user_id').notNull(),
  })

  /** Who has an e-mail address, after folding. */
  const emails = c.table('emails', {
    folded: c.str('folded').primaryKey(),
    userId: c.id<UserId>('user_id').notNull(),
  })

  /**
   * Who has guessed wrong how often: names and networks, as keyed hashes only. Names that nobody has are counted too, so
   * there is no user that a row could belong to.
   */
  const throttles = c.table(
    'throttles',
    {
      subject: c.str('subject').primaryKey(),
      failures: c.int('failures').notNull(),
      blockedUntil: c.instant('blocked_until').notNull(),
      /** When the failures are forgotten, unless it is blocked for longer. */
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [c.index('throttles_by_expiry').on(t.expiresAt)],
  )

  /** The admins who are not disabled, in the batch of whatever makes or unmakes one: few, and counted without asking all users. */
  const admins = c.table('admins', { id: c.id<UserId>('id').primaryKey() })

  /** One row. Whatever takes an admin away writes it first, so that two who do wait for each other, on any engine and node. */
  const adminLock = c.table('admin_lock', {
    name: c.id('name').primaryKey(),
    taken: c.int('taken').notNull(),
  })

  /**
   * What admins have done to accounts, for other admins to read. Of everybody in one table, because it is read across
   * people and is small; and without a foreign key, because a row outlives the account that was deleted.
   */
  const adminAudit = c.table(
    'admin_audit',
    {
      /** A UUIDv7, so that the order of the ids is the order of time. */
      id: c.id<ActionId>('id').primaryKey(),
      at: c.instant('at').notNull(),
      kind: c.oneOf('kind', [...adminActions]).notNull(),
      /** Null where it was done on the server itself. */
      actorId: c.id<UserId>('actor_id'),
      /** Null once that person has deleted the account. */
      targetId: c.id<UserId>('target_id'),
      /** What a changed role became. */
      role: c.oneOf('role', [...roles]),
    },
    t => [c.index('admin_audit_by_actor').on(t.actorId, t.id), c.index('admin_audit_by_target').on(t.targetId, t.id)],
  )

  /** Who has an identity at a provider: an issuer's subject. */
  const identities = c.table(
    'identities',
    {
      issuer: c.str('issuer').notNull(),
      subject: c.str('subject').notNull(),
      userId: c.id<UserId>('user_id').notNull(),
    },
    t => [
      c.primaryKey({ name: 'identities_pk', columns: [t.issuer, t.subject] }),
      c.index('identities_by_user').on(t.userId),
    ],
  )

  /** Sign-ins that are under way at a provider. Nobody's yet: who comes back is not known before. */
  const oauthStates = c.table(
    'oauth_states',
    {
      hash: c.str('hash').primaryKey(),
      provider: c.str('provider').notNull(),
      /** Of the secret that the browser keeps in its cookie. */
      bindingHash: c.str('binding_hash').notNull(),
      nonce: c.str('nonce').notNull(),
      verifier: c.str('verifier').notNull(),
      redirectUri: c.str('redirect_uri').notNull(),
      redirectTo: c.str('redirect_to').notNull(),
      /** Of the app that will swap a code for the sign-in; null for a browser. */
      challenge: c.str('challenge'),
      /** Who links an identity, and by which session; null for a sign-in. */
      linkUserId: c.id<UserId>('link_user_id'),
      linkSessionId: c.id<SessionId>('link_session_id'),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [c.index('oauth_states_by_expiry').on(t.expiresAt)],
  )

  return { users, usernames, emails, throttles, admins, adminLock, adminAudit, identities, oauthStates }
}
