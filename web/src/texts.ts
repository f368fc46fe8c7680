import { count, number } from './format.ts'
import { stepOf } from './ui/mood-step.ts'

/** Every English sentence of the app, one constant for each screen. Components hold none, so that translations can follow. */

const days = (value: number) => count(value, 'day', 'days')
const changes = (value: number) => count(value, 'change', 'changes')

export const app = {
  name: 'moodstreak',
  skip: 'Skip to content',
  navigation: 'Main',
  screens: {
    today: 'Today',
    year: 'Year',
    insights: 'Insights',
    entries: 'Entries',
    tasks: 'Tasks',
    yoga: 'Yoga',
    account: 'Account',
    admin: 'Admin',
  },
  notFound: 'There is nothing here',
  toToday: 'Go to Today',
  failed: 'This did not load',
  failedWhy: 'Check the connection, then try again.',
  retry: 'Try again',
  close: 'Close',
  cancel: 'Cancel',
  undo: 'Undo',
  save: 'Save',
  delete: 'Delete',
  loading: 'Loading',
  noAnswer: 'The server cannot be reached. Try again in a moment.',
  offline: 'Offline. What you log is kept on this device.',
  newVersion: 'A newer version of the app is ready.',
  update: 'Reload',
  plainHttp:
    'Without https the app works online only, and cannot be installed. What you log is still kept on this device until it is sent.',
  understood: 'Got it',
  dayUnsent: 'Something has waited for more than a day to be sent. Keep this device until it has reached the server.',
  notKept: 'This browser keeps nothing here, as private windows do: what is not sent is lost when the page closes.',
  unsent: (value: number) => `${changes(value)} not sent yet`,
}

/** Moods, from the worst to the best. */
export const moods = ['Awful', 'Bad', 'Low', 'Okay', 'Good', 'Great', 'Wonderful'] as const

/** The word of a valence from -1 to 1. */
export function wordOf(valence: number | null | undefined): string {
  const step = stepOf(valence)
  return step === undefined ? moodEntry.unknown : (moods[step - 1] as string)
}

/** One entry, wherever it is shown. */
export const moodEntry = {
  mood: 'Mood',
  unknown: 'Unknown',
  move: 'Move the slider',
  choose: 'Choose',
  log: 'Log',
  moodMissing: 'Choose a mood first.',
  note: 'Note',
  tags: 'Tags',
  addTag: 'Add a tag',
  removeTag: (tag: string) => `Remove the tag ${tag}`,
  suggestions: 'Suggested tags',
  day: 'Day',
  time: 'Time, if known',
  logged: 'Logged',
  loggedFor: (day: string) => `Logged for ${day}`,
  deleted: 'Entry deleted',
  editNamed: (mood: string) => `Edit ${mood}`,
  deleteNamed: (mood: string) => `Delete ${mood}`,
  unsent: 'Not sent yet',
  rejected: 'Not accepted',
}

export const signingIn = {
  tagline: 'How are you? Two taps a day.',
  signUp: 'Sign up',
  signUpTitle: 'Create your account',
  signIn: 'Sign in',
  signInTitle: 'Welcome back',
  haveAccount: 'Already have an account?',
  noAccount: 'New here?',
  username: 'Username',
  usernameOrEmail: 'Username or e-mail',
  usernameHint: 'Only you see it.',
  email: 'E-mail (optional)',
  emailHint: 'For resetting a forgotten password, nothing else.',
  invitation: 'Invitation code',
  password: 'Password',
  newPassword: 'New password',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  passwordShort: (missing: number) => `At least 8 characters: ${missing} to go.`,
  passwordHint: 'At least 8 characters. A few random words are best.',
  passwordLong: 'Too long: at most 72 bytes.',
  passwordIsName: 'Not your username.',
  passwordFair: 'Long enough. A few more words make it strong.',
  passwordStrong: 'Strong.',
  or: 'or',
  continueWith: (provider: string) => `Continue with ${provider}`,
  declined: 'The sign-in was cancelled.',
  forgot: 'Forgot your password?',
  forgotTitle: 'Reset your password',
  forgotHow: 'We send a link to the e-mail address of the account.',
  sendLink: 'Send the link',
  sentTitle: 'Look into your inbox',
  sent: 'If the account exists and has an e-mail address, a link is on its way. It works for 30 minutes.',
  back: 'Back to sign in',
  resetTitle: 'Choose a new password',
  resetHint: 'You will be signed out everywhere else.',
  setPassword: 'Set password',
  checking: 'Checking the link',
  deadTitle: 'This link no longer works',
  dead: 'It has expired, was used before, or is incomplete. Links work once.',
  askAgain: 'Ask for a new link',
  isSetTitle: 'Your new password is set',
  isSet: 'Sign in with it to go on.',
  verifyTitle: 'Your e-mail address',
  verified: 'Your address is verified',
  verifiedWhy: 'You can reset a forgotten password with it now.',
  deadVerification: 'It has expired or was used before. You can ask for a new one in Account.',
  goOn: 'Go to the app',
}

export const session = {
  expired: 'The server wants your password again. What you log stays on this device until then.',
  again: 'Enter password',
  againTitle: (name: string) => `Welcome back, ${name}`,
  signOut: 'Sign out',
  signOutTitle: 'Sign out?',
  signOutCalm: 'Your entries are on the server. The copy on this device is deleted.',
  signOutUnsent: (value: number) =>
    `${changes(value)} ${value === 1 ? 'has' : 'have'} not reached the server yet and would be lost.`,
  trySending: 'Try sending',
  discardAndSignOut: 'Lose them and sign out',
  signedOutBy: 'You are signed out.',
}

export const today = {
  title: 'Today',
  question: 'How are you?',
  streak: days,
}

export const year = {
  title: 'Year',
  before: (year: string) => `Show ${year}`,
  after: (year: string) => `Show ${year}`,
  sum: (logged: number, past: number) => `${number(logged)} of ${days(past)} logged`,
  begin: 'Tap a day to log it, also one that has passed.',
  arriving: 'Your entries are on their way to this device.',
  marks: 'Mark days by',
  colours: 'Colours',
  shapes: 'Shapes',
  numbers: 'Numbers',
  gridOf: (year: string) => `Days of ${year}`,
  keys: 'Arrow keys move by a day or a month, Home and End within the month.',
  pixel: (day: string, logged: number, word: string) =>
    logged === 0 ? `${day}: nothing logged` : `${day}: ${word}, ${count(logged, 'entry', 'entries')}`,
  legend: 'Legend',
  empty: 'Nothing logged',
  months: 'Months',
  mean: (word: string, mean: string) => `${word}, ${mean} on average`,
  dayBefore: 'Day before',
  dayAfter: 'Day after',
  now: 'How are you?',
  earlier: 'How were you?',
  another: 'Add another',
  withMore: 'Add a note, tags or the time',
}

export const insights = {
  title: 'Insights',
}

export const entries = {
  title: 'Entries',
}

export const tasks = {
  title: 'Tasks',
  add: 'Add a task',
  addIt: 'Add',
  due: 'Due date',
  today: 'Today',
  tomorrow: 'Tomorrow',
  nextWeek: 'Next week',
  noDate: 'No date',
  title_: 'Title',
  titleNeeded: 'A task needs a title.',
  notes: 'Notes',
  sections: {
    overdue: 'Overdue',
    today: 'Today',
    upcoming: 'Upcoming',
    undated: 'No date',
    completed: 'Completed',
  },
  edit: (title: string) => `Edit ${title}`,
  editVerb: 'Edit',
  complete: (title: string) => `Complete ${title}`,
  reopen: (title: string) => `Reopen ${title}`,
  completedOne: (title: string) => `Completed: ${title}`,
  completedOn: (day: string) => `Completed ${day}`,
  deleted: (title: string) => `Deleted: ${title}`,
  more: 'Show more',
  none: 'Nothing to do',
  noneWhy: 'Write down what is on your mind, one line each.',
  allDone: 'All done',
  allDoneWhy: 'Nothing left for now.',
  unsent: 'Not sent yet',
  needsYou: 'Needs your decision',
  refused: (title: string) => `The server did not accept this change to “${title}”`,
  discard: 'Discard the change',
  editIt: 'Edit it',
  conflict: {
    edited: {
      title: (title: string) => `“${title}” was also changed on another device`,
      mine: 'Use this device’s',
      theirs: 'Use the other one’s',
    },
    deleted: {
      title: (title: string) => `“${title}” was deleted on another device after you changed it here`,
      mine: 'Bring it back',
      theirs: 'Leave it deleted',
    },
    deleted_here: {
      title: (title: string) => `“${title}” was changed on another device after you deleted it here`,
      mine: 'Delete it',
      theirs: 'Keep it',
    },
  },
  fields: { title: 'Title', description: 'Notes', completed: 'State', due_on: 'Due date' },
  here: (field: string) => `${field} on this device`,
  elsewhere: (field: string) => `${field} on the other one`,
  nothing: 'None',
  isDone: 'Completed',
  isOpen: 'Open',
}

export const yoga = {
  title: 'Yoga',
}

export const account = {
  title: 'Account',
}

export const admin = {
  title: 'Admin',
}

/** What stands where a screen is still being made. */
export const placeholder = 'Coming soon.'
