import type * as wire from './wire.ts'

/** Every operation of the API, once: its method, its path, and the types of what goes in and comes out. */

/** What an operation takes besides the parts of its path. */
type Takes = 'nothing' | 'body' | 'query'

export interface Operation<Path extends string = string, Input = unknown, Answer = unknown> {
  method: string
  path: Path
  takes: Takes
  /** Without credentials. */
  open?: boolean
  /** Whether it takes an `Idempotency-Key`, which the client then makes. */
  keyed?: boolean
  /** Never there: it carries the types. */
  types?: { input: Input; answer: Answer }
}

/** Nothing but types. */
interface Types<Input, Answer> {
  input: Input
  answer: Answer
}
const typed = <Input, Answer>(): Types<Input, Answer> => undefined as never

type More = Pick<Operation, 'open' | 'keyed'>
const operation =
  (method: string, takes: Takes) =>
  <Path extends string, Input, Answer>(
    path: Path,
    _types: Types<Input, Answer>,
    more: More = {},
  ): Operation<Path, Input, Answer> => ({ method, path, takes, ...more })

const get = operation('GET', 'nothing')
const list = operation('GET', 'query')
const post = operation('POST', 'body')
const act = operation('POST', 'nothing')
const actAs = operation('POST', 'query')
const put = operation('PUT', 'body')
const patch = operation('PATCH', 'body')
const remove = operation('DELETE', 'nothing')
const removeAs = operation('DELETE', 'query')
const removeWith = operation('DELETE', 'body')

type None = undefined
type Page = { page?: number; per_page?: number }
type Permanently = { permanently?: boolean } | undefined
/** Answers what would be, and stores nothing. */
type DryRun = { dry_run?: boolean }
const open = { open: true }
const keyed = { keyed: true }

export const operations = {
  /** Signing in and out is done by the client itself: `signUp`, `signIn`, `signInWith`, `signOut`. */
  account: {
    me: get('/me', typed<None, wire.User>()),
    availability: list('/availability', typed<wire.AvailabilityQuery, { available: boolean }>(), open),
    requestPasswordReset: post('/password/forgot', typed<wire.PasswordResetRequest, { status: 'accepted' }>(), open),
    resetPassword: post('/password/reset', typed<wire.PasswordReset, None>(), open),
    confirm: post('/account/confirm', typed<wire.PasswordConfirmation, None>()),
    setPassword: put('/account/password', typed<wire.PasswordChange, None>()),
    setEmail: put('/account/email', typed<wire.EmailChange, wire.User>()),
    setUsername: put('/account/username', typed<wire.UsernameChange, wire.User>()),
    requestEmailVerification: act('/account/email/verification', typed<None, { status: 'accepted' }>()),
    verifyEmail: post('/account/email/verification/confirm', typed<wire.EmailVerification, None>(), open),
    events: list('/account/events', typed<Page | undefined, wire.AccountEventList>()),
    export: get('/account/export', typed<None, wire.AccountExport>()),
    delete: removeWith('/account', typed<wire.OwnerConfirmation | undefined, None>()),
    providers: get('/oauth', typed<None, wire.ProviderList>(), open),
    identities: get('/account/identities', typed<None, { identities: wire.Identity[] }>()),
    unlinkIdentity: removeWith('/account/identities/:id', typed<wire.OwnerConfirmation | undefined, None>()),
  },
  sessions: {
    list: get('/sessions', typed<None, { sessions: wire.Session[] }>()),
    end: remove('/sessions/:id', typed<None, None>()),
    endOthers: remove('/sessions', typed<None, None>()),
  },
  tokens: {
    list: get('/tokens', typed<None, { tokens: wire.PersonalToken[] }>()),
    create: post('/tokens', typed<wire.NewPersonalToken, wire.CreatedPersonalToken>()),
    delete: remove('/tokens/:id', typed<None, None>()),
  },
  profile: {
    get: get('/profile', typed<None, wire.Profile>()),
    update: patch('/profile', typed<wire.ProfileChanges, wire.Profile>()),
    avatar: get('/profile/avatar', typed<None, Blob>()),
    setAvatar: put('/profile/avatar', typed<Blob, wire.Profile>()),
    deleteAvatar: remove('/profile/avatar', typed<None, None>()),
  },
  push: {
    get: get('/push', typed<None, wire.PushSettings>()),
    subscribe: post('/push/subscriptions', typed<wire.NewPushSubscription, wire.PushSubscription>()),
    unsubscribe: remove('/push/subscriptions/:id', typed<None, None>()),
  },
  moods: {
    log: post('/mood', typed<wire.NewMood, wire.OneMood>(), keyed),
    list: list('/mood', typed<wire.MoodQuery | undefined, wire.MoodList>()),
    get: list('/mood/:id', typed<wire.AsOfQuery | undefined, wire.OneMood>()),
    update: patch('/mood/:id', typed<wire.MoodChanges, wire.OneMood>()),
    delete: removeAs('/mood/:id', typed<({ permanently?: boolean } & DryRun) | undefined, wire.Streak>()),
    restore: actAs('/mood/:id/restore', typed<DryRun | undefined, wire.OneMood>()),
    revisions: list('/mood/:id/revisions', typed<Page | undefined, wire.MoodRevisions>()),
    deleteRevisions: remove('/mood/:id/revisions', typed<None, None>()),
    trash: list('/mood/trash', typed<Page | undefined, wire.MoodTrash>()),
    emptyTrash: remove('/mood/trash', typed<None, None>()),
    streak: list('/mood/streak', typed<wire.AsOfQuery | undefined, wire.Streak>()),
    explain: list('/mood/streak/explain', typed<wire.AsOfQuery | undefined, wire.StreakExplanation>()),
    stats: list('/mood/stats', typed<wire.StatsQuery | undefined, wire.MoodStats>()),
    calendar: list('/mood/calendar', typed<wire.CalendarQuery | undefined, wire.MoodCalendar>()),
    /** A picture, `image/svg+xml`. */
    calendarPicture: list('/mood/calendar.svg', typed<wire.CalendarPictureQuery | undefined, Blob>()),
    onThisDay: list('/mood/on-this-day', typed<wire.OnThisDayQuery | undefined, wire.OnThisDay>()),
    labels: get('/mood/labels', typed<None, wire.MoodLabels>()),
    imports: list('/mood/imports', typed<Page | undefined, wire.MoodImportList>()),
    import: get('/mood/imports/:id', typed<None, wire.OneMoodImport>()),
    undoImport: remove('/mood/imports/:id', typed<None, wire.UndoneMoodImport>()),
  },
  tasks: {
    list: list('/tasks', typed<wire.TaskQuery | undefined, wire.TaskList>()),
    create: post('/tasks', typed<wire.NewTask, wire.Task>(), keyed),
    get: get('/tasks/:id', typed<None, wire.Task>()),
    update: patch('/tasks/:id', typed<wire.TaskChanges, wire.Task>()),
    delete: removeAs('/tasks/:id', typed<Permanently, None>()),
    restore: act('/tasks/:id/restore', typed<None, wire.Task>()),
    complete: post('/tasks/complete', typed<wire.TaskCompletion, wire.MarkedTasks>()),
    deleteMany: post('/tasks/delete', typed<wire.TaskDeletion, wire.DeletedTasks>()),
    imports: list('/tasks/imports', typed<Page | undefined, wire.TaskImportList>()),
    import: get('/tasks/imports/:id', typed<None, wire.OneTaskImport>()),
    undoImport: remove('/tasks/imports/:id', typed<None, wire.OneTaskImport>()),
  },
  sequences: {
    list: list('/sequences', typed<wire.SequenceQuery | undefined, wire.SequenceList>()),
    create: post('/sequences', typed<wire.NewSequence, wire.Sequence>(), keyed),
    get: get('/sequences/:id', typed<None, wire.Sequence>()),
    update: patch('/sequences/:id', typed<wire.SequenceChanges, wire.Sequence>()),
    delete: remove('/sequences/:id', typed<None, None>()),
    check: list('/sequences/:id/check', typed<wire.CheckQuery | undefined, wire.SequenceCheck>()),
    setPoses: put('/sequences/:id/poses', typed<wire.SequencePoses, wire.Sequence>()),
    updatePose: patch('/sequences/:id/poses/:position', typed<wire.SequenceItemChanges, wire.Sequence>()),
    copy: post('/sequences/:id/copy', typed<wire.SequenceCopy | undefined, wire.Sequence>(), keyed),
    unpublish: act('/sequences/:id/unpublish', typed<None, None>()),
  },
  practices: {
    log: post('/sequences/:id/practices', typed<wire.NewPractice | undefined, wire.Practice>(), keyed),
    list: list('/practices', typed<wire.AllPracticesQuery | undefined, wire.PracticeList>()),
    listOf: list('/sequences/:id/practices', typed<wire.PracticeQuery | undefined, wire.PracticeList>()),
    get: get('/practices/:id', typed<None, wire.Practice>()),
    update: patch('/practices/:id', typed<wire.PracticeChanges, wire.Practice>()),
    delete: removeAs('/practices/:id', typed<Permanently, None>()),
    restore: act('/practices/:id/restore', typed<None, wire.Practice>()),
    imports: list('/practices/imports', typed<Page | undefined, wire.PracticeImportList>()),
    import: get('/practices/imports/:id', typed<None, wire.OnePracticeImport>()),
    undoImport: remove('/practices/imports/:id', typed<None, wire.OnePracticeImport>()),
  },
  poses: {
    list: list('/poses', typed<wire.PoseQuery | undefined, wire.PoseList>()),
    create: post('/poses', typed<wire.NewPose, wire.Pose>(), keyed),
    get: get('/poses/:id', typed<None, wire.Pose>()),
    update: patch('/poses/:id', typed<wire.PoseChanges, wire.Pose>()),
    delete: remove('/poses/:id', typed<None, None>()),
  },
  /** What the sync engine sends: `openSync`. */
  sync: {
    exchange: post('/sync', typed<wire.SyncRequest, wire.SyncAnswer>()),
    read: list('/sync', typed<wire.SyncQuery | undefined, wire.SyncAnswer>()),
  },
  admin: {
    dashboard: get('/admin/dashboard', typed<None, wire.Dashboard>()),
    people: list('/admin/users', typed<wire.PersonQuery | undefined, wire.PersonList>()),
    person: get('/admin/users/:id', typed<None, wire.PersonInDetail>()),
    updatePerson: patch('/admin/users/:id', typed<wire.PersonChanges, wire.PersonInDetail>()),
    deletePerson: remove('/admin/users/:id', typed<None, None>()),
    endSessionsOf: remove('/admin/users/:id/sessions', typed<None, None>()),
    audit: list('/admin/audit', typed<wire.AuditQuery | undefined, wire.AdminAudit>()),
  },
  service: {
    version: get('/version', typed<None, { name: 'moodstreak'; version: string; api: number; tz: string }>(), open),
  },
} as const

export type Operations = typeof operations
