import type { Static, TSchema } from '@sinclair/typebox'
import type * as account from '../../routes/accounts/schemas.ts'
import type * as admin from '../../routes/admin/schemas.ts'
import type * as imports from '../../routes/mood/import-schemas.ts'
import type * as insight from '../../routes/mood/insight-schemas.ts'
import type * as mood from '../../routes/mood/schemas.ts'
import type * as oauth from '../../routes/oauth/schemas.ts'
import type * as profile from '../../routes/profile/schemas.ts'
import type * as push from '../../routes/push/schemas.ts'
import type * as sync from '../../routes/sync/schemas.ts'
import type { taskImports } from '../../routes/tasks/import-schemas.ts'
import type * as task from '../../routes/tasks/schemas.ts'
import type { practiceImports } from '../../routes/yoga/import-schemas.ts'
import type * as pose from '../../routes/yoga/pose-schemas.ts'
import type * as practice from '../../routes/yoga/practice-schemas.ts'
import type * as sequence from '../../routes/yoga/sequence-schemas.ts'
import type { ErrorCode as Code } from '../../src/http/problem-details.ts'

/**
 * What goes over the wire, derived from the schemas of the routes: no copies. Instants are `Date` in the server and RFC 3339
 * here. The build writes these types out, so that the package needs nothing of the server.
 */

/** A value as JSON carries it. */
type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T
type Wire<Schema extends TSchema> = Json<Static<Schema>>

export type ErrorCode = Code

/** The body of every error (RFC 9457). */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  code: ErrorCode
  /** One readable sentence per problem. */
  errors: string[]
}

export type User = Wire<typeof account.User>
export type SignedIn = Wire<typeof account.SignedIn>
export type Tokens = Wire<typeof account.Tokens>
export type SignUp = Wire<typeof account.Signup>
export type SignIn = Wire<typeof account.Login>
export type PasswordResetRequest = Wire<typeof account.ForgottenPassword>
export type PasswordReset = Wire<typeof account.PasswordReset>
export type EmailVerification = Wire<typeof account.EmailConfirmation>
export type Session = Wire<typeof account.Session>
export type Identity = Wire<typeof account.Identity>
export type PersonalToken = Wire<typeof account.PersonalToken>
export type CreatedPersonalToken = Wire<typeof account.CreatedPersonalToken>
export type NewPersonalToken = Wire<typeof account.NewPersonalToken>
export type AccountEventList = Wire<typeof account.AccountEventList>
export type AccountExport = Wire<typeof account.AccountExport>
export type AvailabilityQuery = Wire<typeof account.Availability>
export type PasswordConfirmation = Wire<typeof account.Confirmation>
export type PasswordChange = Wire<typeof account.PasswordChange>
export type EmailChange = Wire<typeof account.EmailChange>
export type UsernameChange = Wire<typeof account.UsernameChange>
export type OwnerConfirmation = Wire<typeof account.AccountDeletion>

export type ProviderList = Wire<typeof oauth.ProviderList>
export type CodeExchange = Wire<typeof oauth.Exchange>

export type Profile = Wire<typeof profile.Profile>
export type ProfileChanges = Wire<typeof profile.ProfileChange>

export type PushSettings = Wire<typeof push.PushSettings>
export type PushSubscription = Wire<typeof push.PushSubscription>
export type NewPushSubscription = Wire<typeof push.NewPushSubscription>

export type MoodEntry = Wire<typeof mood.Entry>
export type OneMood = Wire<typeof mood.OneMood>
export type MoodList = Wire<typeof mood.MoodList>
export type NewMood = Wire<typeof mood.NewMood>
export type MoodChanges = Wire<typeof mood.MoodChange>
export type MoodQuery = Wire<typeof mood.ListQuery>
export type AsOfQuery = Wire<typeof mood.AsOf>
export type Streak = Wire<typeof mood.Streak>
export type StreakDetails = Wire<typeof mood.StreakDetails>
export type StreakExplanation = Wire<typeof mood.Explanation>
export type MoodStats = Wire<typeof insight.MoodStats>
export type StatsQuery = Wire<typeof insight.StatsQuery>
export type MoodCalendar = Wire<typeof insight.MoodCalendar>
export type CalendarQuery = Wire<typeof insight.CalendarQuery>
export type CalendarPictureQuery = Wire<typeof insight.CalendarPictureQuery>
export type OnThisDay = Wire<typeof insight.OnThisDay>
export type OnThisDayQuery = Wire<typeof insight.OnThisDayQuery>
export type MoodLabels = Wire<typeof mood.MoodLabels>
/** An entry without what the others decide. */
export type LastingEntry = Omit<MoodEntry, 'streak'>
export type MoodTrash = Omit<Wire<typeof mood.MoodTrash>, 'moods'> & {
  moods: (LastingEntry & { deleted_at: string; purges_at: string })[]
}
/** Earlier states of an entry. */
export type MoodRevisions = Wire<typeof mood.MoodRevisions>
export type MoodImportList = Wire<typeof imports.moodImports.ImportList>
export type OneMoodImport = Wire<typeof imports.moodImports.OneImport>
export type UndoneMoodImport = Wire<typeof imports.UndoneImport>

export type Task = Wire<typeof task.Task>
export type TaskImportList = Wire<typeof taskImports.ImportList>
export type OneTaskImport = Wire<typeof taskImports.OneImport>
export type TaskList = Wire<typeof task.TaskList>
export type NewTask = Wire<typeof task.NewTask>
export type TaskChanges = Wire<typeof task.TaskChange>
export type TaskQuery = Wire<typeof task.TaskQuery>
export type TaskCompletion = Wire<typeof task.Marking>
export type TaskDeletion = Wire<typeof task.Deletion>
export type MarkedTasks = Wire<typeof task.MarkedTasks>
export type DeletedTasks = Wire<typeof task.DeletedTasks>

export type Pose = Wire<typeof pose.Pose>
export type PoseList = Wire<typeof pose.PoseList>
export type NewPose = Wire<typeof pose.NewPose>
export type PoseChanges = Wire<typeof pose.PoseChange>
export type PoseQuery = Wire<typeof pose.PoseQuery>

export type Sequence = Wire<typeof sequence.Sequence>
export type SequenceList = Wire<typeof sequence.SequenceList>
export type NewSequence = Wire<typeof sequence.NewSequence>
export type SequenceChanges = Wire<typeof sequence.SequenceChange>
export type SequencePoses = Wire<typeof sequence.Items>
export type SequenceItemChanges = Wire<typeof sequence.ItemChange>
export type SequenceCopy = Wire<typeof sequence.Copy>
export type SequenceQuery = Wire<typeof sequence.SequenceQuery>
export type SequenceCheck = Wire<typeof sequence.Check>
export type CheckQuery = Wire<typeof sequence.CheckQuery>

export type Practice = Wire<typeof practice.Practice>
export type PracticeImportList = Wire<typeof practiceImports.ImportList>
export type OnePracticeImport = Wire<typeof practiceImports.OneImport>
export type PracticeList = Wire<typeof practice.PracticeList>
export type NewPractice = Wire<typeof practice.NewPractice>
export type PracticeChanges = Wire<typeof practice.PracticeChange>
export type PracticeQuery = Wire<typeof practice.PracticeQuery>
export type AllPracticesQuery = Wire<typeof practice.AllPracticesQuery>

export type SyncRequest = Wire<typeof sync.SyncRequest>
export type SyncAnswer = Wire<typeof sync.SyncAnswer>
export type SyncQuery = Wire<typeof sync.SyncQuery>

export type Dashboard = Wire<typeof admin.Dashboard>
export type PersonList = Wire<typeof admin.PersonList>
export type PersonInDetail = Wire<typeof admin.PersonInDetail>
export type PersonQuery = Wire<typeof admin.PersonQuery>
export type PersonChanges = Wire<typeof admin.PersonChange>
export type AdminAudit = Wire<typeof admin.AdminAudit>
export type AuditQuery = Wire<typeof admin.AuditQuery>
