import type { ActionId, SessionId, UserId } from '../../ids.ts'
import { adminActions, roles } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import { sharedTable, userTable } from '../described.ts'

/** Accounts, and the tables that are looked up before the user is known. */
export function accountTables(c: Columns) {
  const users = c.table(
    'users',
    {
      id: c.id<UserId>('id').primaryKey(),
      username: c.str('username').notNull(),
      email: c.str('email'),
      firstName: c.str('first_name'),
      lastName: c.str('last_name'),
      role: c.oneOf('role', [...roles]).notNull(),
      passwordHash: c.str('password_hash'),
      /** Null until the user sets one; UTC until then. */
      timezone: c.str('timezone'),
      dayStartsAt: c.int('day_starts_at').notNull(),
      moodMin: c.float('mood_min').notNull(),
      moodMax: c.float('mood_max').notNull(),
      /** Rises by one with every change of the user's moods: the key of everything derived from them. */
      moodVersion: c.int('mood_version').notNull(),
      createdAt: c.instant('created_at').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
      /** Rises by one with every change of the user's tasks: the key of cached lists. */
      taskVersion: c.int('task_version').notNull().default(0),
      /** When the e-mail address was verified; null until then, and again with each new address. */
      emailVerifiedAt: c.instant('email_verified_at'),
      /** Set while the account is disabled. */
      disabledAt: c.instant('disabled_at'),
      /** Set once the account is deleted and for as long as rows of it are left: then it is disabled and nameless. */
      deletedAt: c.instant('deleted_at'),
      /**
       * The number of rows of each kind, and what they take: changed by the statement that raises a version or guards a batch,
       * so that a quota costs a write nothing (docs/decisions/quotas-are-counters.md).
       */
      moodCount: c.int('mood_count').notNull().default(0),
      taskCount: c.int('task_count').notNull().default(0),
      practiceCount: c.int('practice_count').notNull().default(0),
      sequenceCount: c.int('sequence_count').notNull().default(0),
      publishedCount: c.int('published_count').notNull().default(0),
      poseCount: c.int('pose_count').notNull().default(0),
      /** The sum of the column `bytes` of moods, tasks, practices, sequences and deletions. */
      storedBytes: c.long('stored_bytes').notNull().default(0),
      /** The history of the moods, derived, with the version that it is of (docs/decisions/snapshots.md); may be missing. */
      moodHistory: c.str('mood_history'),
      /** As `moodVersion`, of practices and of sequences. */
      practiceVersion: c.int('practice_version').notNull().default(0),
      sequenceVersion: c.int('sequence_version').notNull().default(0),
    },
    t => [c.index('users_by_deletion').on(t.deletedAt)],
  )

  /** The owners of usernames, folded. No foreign key: on a sharded engine this table is elsewhere. */
  const usernames = c.table('usernames', {
    folded: c.str('folded').primaryKey(),
    userId: c.id<UserId>('user_id').notNull(),
  })

  /** The owners of e-mail addresses, folded. */
  const emails = c.table('emails', {
    folded: c.str('folded').primaryKey(),
    userId: c.id<UserId>('user_id').notNull(),
  })

  /**
   * Counts of wrong guesses for names and networks, as keyed hashes only. Unknown names are counted too, so a row
   * belongs to no user.
   */
  const throttles = c.table(
    'throttles',
    {
      subject: c.str('subject').primaryKey(),
      failures: c.int('failures').notNull(),
      /** Guesses under way; when `pendingUntil` has passed, their process died. */
      pending: c.int('pending').notNull().default(0),
      pendingUntil: c.instant('pending_until'),
      blockedUntil: c.instant('blocked_until').notNull(),
      /** When the failures expire, unless the block lasts longer. */
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [c.index('throttles_by_expiry').on(t.expiresAt)],
  )

  /**
   * The admins who are not disabled, written in the batch of the change: few, and counted without reading all users.
   */
  const admins = c.table('admins', { id: c.id<UserId>('id').primaryKey() })

  /** One row. Removing an admin writes it first, so that two removals wait for each other, on any engine and node. */
  const adminLock = c.table('admin_lock', {
    name: c.id('name').primaryKey(),
    taken: c.int('taken').notNull(),
  })

  /**
   * The actions of admins on accounts, for other admins to read. One table for all users, because it is read across
   * users and is small; no foreign key, because a row outlives a deleted account.
   */
  const adminAudit = c.table(
    'admin_audit',
    {
      /** A UUIDv7, so that the order of the ids is the order of time. */
      id: c.id<ActionId>('id').primaryKey(),
      at: c.instant('at').notNull(),
      kind: c.oneOf('kind', [...adminActions]).notNull(),
      /** Null for a command on the server. */
      actorId: c.id<UserId>('actor_id'),
      /** Null once its owner has deleted the account. */
      targetId: c.id<UserId>('target_id'),
      /** The new role. */
      role: c.oneOf('role', [...roles]),
    },
    t => [c.index('admin_audit_by_actor').on(t.actorId, t.id), c.index('admin_audit_by_target').on(t.targetId, t.id)],
  )

  /** The owners of identities at providers: an issuer's subject. */
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

  /** Pending sign-ins at a provider. They belong to no user yet. */
  const oauthStates = c.table(
    'oauth_states',
    {
      hash: c.str('hash').primaryKey(),
      provider: c.str('provider').notNull(),
      /** Of the secret in the browser's cookie. */
      bindingHash: c.str('binding_hash').notNull(),
      nonce: c.str('nonce').notNull(),
      verifier: c.str('verifier').notNull(),
      redirectUri: c.str('redirect_uri').notNull(),
      redirectTo: c.str('redirect_to').notNull(),
      /** Of the app that will exchange a code; null for a browser. */
      challenge: c.str('challenge'),
      /** Of the invitation that a new account would use up. */
      invitationHash: c.str('invitation_hash'),
      /** The user who links an identity, and the session; null for a sign-in. */
      linkUserId: c.id<UserId>('link_user_id'),
      linkSessionId: c.id<SessionId>('link_session_id'),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [c.index('oauth_states_by_expiry').on(t.expiresAt)],
  )

  /** Invitations to make an account, which are nobody's until they are used; then they are deleted. */
  const invitations = c.table(
    'invitations',
    {
      hash: c.str('hash').primaryKey(),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [c.index('invitations_by_expiry').on(t.expiresAt)],
  )

  const byName = { otherwise: 'is deleted by the name, which is its key' }
  return {
    users: userTable(users, { not: 'is `account` and `profile`' }),
    usernames: sharedTable(usernames, { exported: { not: 'is in `account`' }, erased: byName }),
    emails: sharedTable(emails, { exported: { not: 'is in `account`' }, erased: byName }),
    identities: sharedTable(identities, {
      exported: { not: 'is in `identities`, by user' },
      erased: { by: 'userId' },
    }),
    // Nobody's, but written at every sign-in: a copy on each machine would be one too many.
    oauthStates: sharedTable(oauthStates, {
      spreadBy: 'hash',
      exported: { not: "is nobody's yet" },
      erased: { by: 'linkUserId' },
    }),
    invitations: sharedTable(invitations, {
      spreadBy: 'hash',
      exported: { not: "is nobody's yet" },
      erased: { otherwise: 'says nothing of anybody' },
    }),
    throttles: sharedTable(throttles, {
      spreadBy: 'subject',
      exported: { not: "is nobody's: keyed hashes" },
      erased: { otherwise: 'says nothing of anybody, and is forgotten in a day' },
    }),
    admins: sharedTable(admins, {
      exported: { not: 'is the role, in `account`' },
      erased: { otherwise: 'is deleted under the lock that keeps the last one' },
    }),
    adminLock: sharedTable(adminLock, {
      exported: { not: "is nobody's" },
      erased: { otherwise: 'says nothing of anybody' },
    }),
    adminAudit: sharedTable(adminAudit, {
      exported: { not: 'is what admins did to others; what was done to oneself is in `events`' },
      erased: { otherwise: 'outlives the account; who deletes their own is forgotten as a target' },
    }),
  }
}
