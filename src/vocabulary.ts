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
