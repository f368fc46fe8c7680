import type { Columns } from './columns.ts'

/** Every role there is. `admin` is never self-chosen. */
export const roles = ['member', 'instructor', 'admin'] as const
export type Role = (typeof roles)[number]

/**
 * What decided an entry's local day, in order of precedence: the rules 1-5 of "local day of an entry"; `entry` is the
 * zone it had before its time was corrected.
 */
export const dateSources = ['date', 'offset', 'timezone', 'entry', 'profile', 'default'] as const
export type DateSource = (typeof dateSources)[number]

/** What a personal access token can be given, for scripts that need no more. */
export const scopes = [
  'mood:read',
  'mood:write',
  'tasks:read',
  'tasks:write',
  'sequences:read',
  'sequences:write',
  'practices:read',
  'practices:write',
  'profile:read',
  'profile:write',
  'account:export',
] as const
export type Scope = (typeof scopes)[number]

/** What is kept of what happens to an account. */
export const eventKinds = [
  'signed_up',
  'signed_in',
  'sign_in_failed',
  'signed_out',
  'refresh_token_reused',
  'session_ended',
  'other_sessions_ended',
  'token_created',
  'token_deleted',
  'password_changed',
  'password_reset',
  'email_changed',
  'email_verified',
  'username_changed',
  'exported',
  'account_deleted',
  'role_changed',
  'account_disabled',
  'account_enabled',
  'identity_linked',
  'identity_unlinked',
  'sessions_ended',
] as const
export type EventKind = (typeof eventKinds)[number]

/** What an admin does to an account. */
export const adminActions = [
  'role_changed',
  'account_disabled',
  'account_enabled',
  'account_deleted',
  'sessions_ended',
] as const satisfies readonly EventKind[]
export type AdminAction = (typeof adminActions)[number]

/** What a one-time code lets its holder do. */
export const codePurposes = ['verify_email', 'reset_password'] as const
export type CodePurpose = (typeof codePurposes)[number]

/** What a person submitted as their mood: a number on their scale, or a label. */
export type MoodValue = number | string

/** How much a pose or a sequence asks for. */
export const levels = ['beginner', 'intermediate', 'advanced'] as const
export type Level = (typeof levels)[number]

/** What kind of pose it is; most poses are of several kinds. */
export const poseCategories = [
  'standing',
  'seated',
  'kneeling',
  'prone',
  'supine',
  'backbend',
  'forward-bend',
  'side-bend',
  'twist',
  'inversion',
  'balance',
  'arm-balance',
  'hip-opener',
  'shoulder-opener',
  'core',
  'restorative',
] as const
export type PoseCategory = (typeof poseCategories)[number]

/** The side that a pose is done on; `both` is one after the other. */
export const sides = ['left', 'right', 'both'] as const
export type Side = (typeof sides)[number]

/** Who may read a sequence: its author, or everybody who is signed in. */
export const visibilities = ['private', 'published'] as const

/** One pose of a sequence, in wire names. Held for `seconds` or for `breaths`: exactly one of them is there. */
export interface SequenceItem {
  /** Of the catalogue, or one of the author's own; null for a free name. */
  pose_id: string | null
  /** What the pose was called when it was put in, for when it is there no longer. */
  name: string
  section: string | null
  side: Side | null
  seconds: number | null
  breaths: number | null
  cue: string | null
}

/**
 * Every table, written once for every engine. A user-owned table has a primary key that begins with
 * `user_id` and no foreign key that crosses users; what must be found without knowing the user
 * (a username, an e-mail address) is a small table of its own. A table has no unique key but its
 * primary key: that is what lets a `Conflict` be named by its table on both engines.
 */
export function defineSchema(c: Columns) {
  const users = c.table('users', {
    id: c.id('id').primaryKey(),
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
    userId: c.id('user_id').notNull(),
  })

  /** Who has an e-mail address, after folding. */
  const emails = c.table('emails', {
    folded: c.str('folded').primaryKey(),
    userId: c.id('user_id').notNull(),
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
  const admins = c.table('admins', { id: c.id('id').primaryKey() })

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
      id: c.id('id').primaryKey(),
      at: c.instant('at').notNull(),
      kind: c.oneOf('kind', [...adminActions]).notNull(),
      /** Null where it was done on the server itself. */
      actorId: c.id('actor_id'),
      /** Null once that person has deleted the account. */
      targetId: c.id('target_id'),
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
      userId: c.id('user_id').notNull(),
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
      linkUserId: c.id('link_user_id'),
      linkSessionId: c.id('link_session_id'),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [c.index('oauth_states_by_expiry').on(t.expiresAt)],
  )

  const sessions = c.table(
    'sessions',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
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
      c.foreignKey({ name: 'sessions_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** What scripts sign in with; each is shown once and kept as a hash. */
  const personalTokens = c.table(
    'personal_tokens',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
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
      userId: c.id('user_id').notNull(),
      /** A UUIDv7, so that the order of the ids is the order of time. */
      id: c.id('id').notNull(),
      at: c.instant('at').notNull(),
      kind: c.oneOf('kind', [...eventKinds]).notNull(),
      /** Who did it; null for strangers. */
      actorId: c.id('actor_id'),
      /** What it was done to: a session, a token, an account. */
      targetId: c.id('target_id'),
      ip: c.str('ip'),
      device: c.str('device'),
    },
    t => [
      c.primaryKey({ name: 'events_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'events_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** What clients have made with an `Idempotency-Key`, for a day. */
  const idempotencyKeys = c.table(
    'idempotency_keys',
    {
      userId: c.id('user_id').notNull(),
      key: c.str('key').notNull(),
      digest: c.str('digest').notNull(),
      status: c.int('status').notNull(),
      resourceId: c.id('resource_id').notNull(),
      createdAt: c.instant('created_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'idempotency_keys_pk', columns: [t.userId, t.key] }),
      c
        .foreignKey({ name: 'idempotency_keys_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  /** What stands in for a sign-in once: it verifies an address, or sets a forgotten password. */
  const oneTimeCodes = c.table(
    'one_time_codes',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      purpose: c.oneOf('purpose', [...codePurposes]).notNull(),
      secretHash: c.str('secret_hash').notNull(),
      /** The address it was sent to; null when the operator made it on the server. */
      email: c.str('email'),
      createdAt: c.instant('created_at').notNull(),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'one_time_codes_pk', columns: [t.userId, t.id] }),
      c
        .foreignKey({ name: 'one_time_codes_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  /** What an app swaps for a sign-in that a browser made for it. */
  const handoverCodes = c.table(
    'handover_codes',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      secretHash: c.str('secret_hash').notNull(),
      challenge: c.str('challenge').notNull(),
      expiresAt: c.instant('expires_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'handover_codes_pk', columns: [t.userId, t.id] }),
      c
        .foreignKey({ name: 'handover_codes_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
    ],
  )

  /** The identities at providers that a person signs in with. */
  const userIdentities = c.table(
    'user_identities',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
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

  /**
   * What a person tells about themself besides `users`, which every request reads and which is kept narrow for that. No
   * row until they tell something.
   */
  const profiles = c.table(
    'profiles',
    {
      userId: c.id('user_id').primaryKey(),
      occupation: c.str('occupation'),
      homeAddress: c.str('home_address'),
      country: c.str('country'),
      county: c.str('county'),
      description: c.str('description'),
      linkedin: c.str('linkedin'),
      facebook: c.str('facebook'),
      github: c.str('github'),
      instagram: c.str('instagram'),
      twitter: c.str('twitter'),
      youtube: c.str('youtube'),
    },
    t => [
      c.foreignKey({ name: 'profiles_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** The picture of a person, as we encoded it: never the bytes that were sent. */
  const avatars = c.table(
    'avatars',
    {
      userId: c.id('user_id').primaryKey(),
      bytes: c.blob('bytes').notNull(),
      /** SHA-256 of the bytes: their ETag. */
      digest: c.str('digest').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
    },
    t => [
      c.foreignKey({ name: 'avatars_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  const moods = c.table(
    'moods',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      date: c.day('date').notNull(),
      dateSource: c.oneOf('date_source', [...dateSources]).notNull(),
      occurredAt: c.instant('occurred_at').notNull(),
      timezone: c.str('timezone').notNull(),
      mood: c.json<MoodValue>('mood').notNull(),
      valence: c.float('valence'),
      note: c.str('note'),
      tags: c.json<string[]>('tags').notNull(),
      /** SHA-256 of what was submitted with a client-made id; tells a retry from a clash. */
      digest: c.str('digest'),
      /** Rises with every edit of this entry: what `If-Match` compares. */
      revision: c.int('revision').notNull(),
      createdAt: c.instant('created_at').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'moods_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'moods_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('moods_by_day').on(t.userId, t.date, t.occurredAt, t.id),
    ],
  )

  /** Which entries carry a tag, in list order; the tag is folded, the entry itself keeps it as written. */
  const moodTags = c.table(
    'mood_tags',
    {
      userId: c.id('user_id').notNull(),
      tag: c.str('tag').notNull(),
      date: c.day('date').notNull(),
      occurredAt: c.instant('occurred_at').notNull(),
      moodId: c.id('mood_id').notNull(),
    },
    t => [
      c.primaryKey({ name: 'mood_tags_pk', columns: [t.userId, t.tag, t.date, t.occurredAt, t.moodId] }),
      c
        .foreignKey({
          name: 'mood_tags_mood_fk',
          columns: [t.userId, t.moodId],
          foreignColumns: [moods.userId, moods.id],
        })
        .onDelete('cascade'),
      c.index('mood_tags_by_mood').on(t.userId, t.moodId),
    ],
  )

  const tasks = c.table(
    'tasks',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      title: c.str('title').notNull(),
      description: c.str('description'),
      /** Null while the task is open. */
      completedAt: c.instant('completed_at'),
      /** A day; `~`, which comes after every day, where there is none: lists are sorted by it. */
      dueOn: c.day('due_on').notNull(),
      /** The beginning of the title without case and accents, for sorting; short, because an index holds it. */
      titleKey: c.str('title_key').notNull(),
      /** SHA-256 of what was submitted with a client-made id; tells a retry from a clash. */
      digest: c.str('digest'),
      /** Rises with every edit of this task: what `If-Match` compares. */
      revision: c.int('revision').notNull(),
      createdAt: c.instant('created_at').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
      /** Title and description without case and accents. The last column: SQLite reads no further than it must. */
      searchText: c.str('search_text').notNull(),
    },
    t => [
      c.primaryKey({ name: 'tasks_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'tasks_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('tasks_by_creation').on(t.userId, t.createdAt, t.id),
      c.index('tasks_by_due_day').on(t.userId, t.dueOn, t.id),
      c.index('tasks_by_title').on(t.userId, t.titleKey, t.id),
    ],
  )

  /** Poses that an instructor added to the catalogue, for themself. */
  const poses = c.table(
    'poses',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      name: c.str('name').notNull(),
      sanskritName: c.str('sanskrit_name'),
      level: c.oneOf('level', [...levels]).notNull(),
      categories: c.json<PoseCategory[]>('categories').notNull(),
      twoSided: c.bool('two_sided').notNull(),
      holdSeconds: c.int('hold_seconds').notNull(),
      benefits: c.str('benefits'),
      cautions: c.str('cautions'),
      /** Rises with every edit: what `If-Match` compares. */
      revision: c.int('revision').notNull(),
      createdAt: c.instant('created_at').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'poses_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'poses_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  /** What a list of sequences is filtered and sorted by; made from the sequence whenever it is written. */
  const listed = () => ({
    level: c.oneOf('level', [...levels]),
    totalSeconds: c.int('total_seconds').notNull(),
    /** Folded; null without one. */
    categoryKey: c.str('category_key'),
    /** Every folded tag between line feeds. */
    tagKeys: c.str('tag_keys').notNull(),
    /** The beginning of the title without case and accents, for sorting; short, because an index holds it. */
    titleKey: c.str('title_key').notNull(),
    /** Title, description, category and tags without case and accents. */
    searchText: c.str('search_text').notNull(),
    createdAt: c.instant('created_at').notNull(),
    updatedAt: c.instant('updated_at').notNull(),
  })

  const sequences = c.table(
    'sequences',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      title: c.str('title').notNull(),
      description: c.str('description'),
      category: c.str('category'),
      tags: c.json<string[]>('tags').notNull(),
      visibility: c.oneOf('visibility', [...visibilities]).notNull(),
      archived: c.bool('archived').notNull(),
      /** The sequence it was copied from, whoever's that is or was. */
      copiedFrom: c.id('copied_from'),
      poseCount: c.int('pose_count').notNull(),
      ...listed(),
      /** Rises with every edit: what `If-Match` compares. */
      revision: c.int('revision').notNull(),
      /** The whole list in one value, and last, because lists of sequences do not read it. */
      poses: c.json<SequenceItem[]>('poses').notNull(),
    },
    t => [
      c.primaryKey({ name: 'sequences_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'sequences_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('sequences_by_update').on(t.userId, t.archived, t.updatedAt, t.id),
    ],
  )

  /**
   * The sequences that everybody may read: whose each one is, and what their list is filtered by. Written in the same
   * batch as the sequence. No foreign key: on a sharded engine this table lives elsewhere.
   */
  const publishedSequences = c.table(
    'published_sequences',
    { id: c.id('id').primaryKey(), userId: c.id('user_id').notNull(), ...listed() },
    t => [
      c.index('published_sequences_by_user').on(t.userId),
      c.index('published_sequences_by_title').on(t.titleKey, t.id),
      c.index('published_sequences_by_creation').on(t.createdAt, t.id),
      c.index('published_sequences_by_update').on(t.updatedAt, t.id),
      c.index('published_sequences_by_length').on(t.totalSeconds, t.id),
    ],
  )

  /** That somebody practised a sequence. It outlives the sequence, so it has no foreign key there and keeps its title. */
  const practices = c.table(
    'practices',
    {
      userId: c.id('user_id').notNull(),
      id: c.id('id').notNull(),
      date: c.day('date').notNull(),
      sequenceId: c.id('sequence_id').notNull(),
      title: c.str('title').notNull(),
      totalSeconds: c.int('total_seconds').notNull(),
      note: c.str('note'),
      createdAt: c.instant('created_at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'practices_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'practices_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('practices_by_day').on(t.userId, t.date, t.id),
      c.index('practices_by_sequence').on(t.userId, t.sequenceId, t.date, t.id),
    ],
  )

  return {
    users,
    usernames,
    emails,
    identities,
    oauthStates,
    throttles,
    admins,
    adminLock,
    adminAudit,
    sessions,
    personalTokens,
    events,
    idempotencyKeys,
    oneTimeCodes,
    handoverCodes,
    userIdentities,
    profiles,
    avatars,
    moods,
    moodTags,
    tasks,
    poses,
    sequences,
    publishedSequences,
    practices,
  }
}

export type Tables = ReturnType<typeof defineSchema>
