/** The roles. `admin` cannot be chosen at sign-up. */
export const roles = ['member', 'instructor', 'admin'] as const
export type Role = (typeof roles)[number]

/**
 * The source of an entry's local day, in order of precedence: the rules 1-5 of "local day of an entry"; `entry` is the
 * zone it had before its time was corrected.
 */
export const dateSources = ['date', 'offset', 'timezone', 'entry', 'profile', 'default'] as const
export type DateSource = (typeof dateSources)[number]

/** The scopes of personal access tokens. */
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

/** The kinds of events of an account. */
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

/** The kinds of an admin's actions on an account. */
export const adminActions = [
  'role_changed',
  'account_disabled',
  'account_enabled',
  'account_deleted',
  'sessions_ended',
] as const satisfies readonly EventKind[]
export type AdminAction = (typeof adminActions)[number]

/** The purposes of one-time codes: `join_email` makes an address that of the account. */
export const codePurposes = ['verify_email', 'reset_password', 'join_email'] as const
export type CodePurpose = (typeof codePurposes)[number]

/** A submitted mood: a number on the profile's scale, or a label. */
export type MoodValue = number | string

/** The difficulty of a pose or sequence. */
export const levels = ['beginner', 'intermediate', 'advanced'] as const
export type Level = (typeof levels)[number]

/** The categories of poses; most poses have several. */
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

/** The side of a pose; `both` is one after the other. */
export const sides = ['left', 'right', 'both'] as const
export type Side = (typeof sides)[number]

/** The readers of a sequence: its author, or everyone who is signed in. */
export const visibilities = ['private', 'published'] as const

/** One pose of a sequence, in wire names. Held for `seconds` or for `breaths`: exactly one of them is present. */
export interface SequenceItem {
  /** From the catalogue, or a custom pose of the author; null for a free name. */
  pose_id: string | null
  /** The name of the pose when it was added, for when the pose no longer exists. */
  name: string
  section: string | null
  side: Side | null
  seconds: number | null
  breaths: number | null
  cue: string | null
}

/** What is deleted into the table of deletions. */
export const deletedKinds = ['mood', 'task', 'practice', 'sequence'] as const
export type DeletedKind = (typeof deletedKinds)[number]

/** What devices sync, in the order in which they get it. */
export const syncedKinds = deletedKinds
export type SyncedKind = DeletedKind
/** What devices can change by syncing. */
export const writableKinds = ['mood', 'task', 'practice'] as const satisfies readonly SyncedKind[]
export type WritableKind = (typeof writableKinds)[number]
/** What earlier states are kept of. */
export const revisedKinds = ['mood'] as const satisfies readonly DeletedKind[]
export type RevisedKind = (typeof revisedKinds)[number]

/** What is sent unasked, to those who have turned it on. */
export const reminderKinds = ['digest', 'streak_at_risk'] as const
export type ReminderKind = (typeof reminderKinds)[number]

/** What files are imported to. */
export const importedKinds = ['mood', 'task', 'practice'] as const satisfies readonly DeletedKind[]
export type ImportedKind = (typeof importedKinds)[number]

/** The formats of files with moods. */
export const moodFormats = [
  'daylio-csv',
  'daylio-backup',
  'pixels',
  'how-we-feel',
  'apple-health',
  'csv',
  'json',
] as const
export type MoodFormat = (typeof moodFormats)[number]

/** The formats of files with tasks. */
export const taskFormats = ['todoist', 'csv', 'json'] as const
export type TaskFormat = (typeof taskFormats)[number]

/** The formats of files with practices. */
export const practiceFormats = ['csv', 'json'] as const
export type PracticeFormat = (typeof practiceFormats)[number]

export type ImportFormat = MoodFormat | TaskFormat | PracticeFormat

/** What has become of an import: one that its process did not finish is interrupted. */
export const importStates = ['running', 'done', 'interrupted', 'undone'] as const
export type ImportState = (typeof importStates)[number]

/** What an import has come to, in wire names. */
export interface ImportSummary {
  rows: number
  created: number
  duplicates: number
  refused_total: number
  refused: { line: number; reason: string }[]
  ignored_columns: string[]
}

/** The same of moods. */
export interface MoodImportSummary extends ImportSummary {
  unknown_labels: { label: string; rows: number }[]
  from: string | null
  to: string | null
  streak_before: number
  streak_after: number | null
  longest_before: number
  longest_after: number | null
  /** The streak before it was undone; not on the wire. */
  undone_streak?: number
}
