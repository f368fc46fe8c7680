import { count } from './format.ts'

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
  unsent: (value: number) => `${changes(value)} not sent yet`,
}

/** Moods, from the worst to the best. */
export const moods = ['Awful', 'Bad', 'Low', 'Okay', 'Good', 'Great', 'Wonderful'] as const

export const signingIn = {
  signUp: 'Sign up',
  username: 'Username',
  password: 'Password',
}

export const today = {
  title: 'Today',
  question: 'How are you?',
  streak: days,
}

export const year = {
  title: 'Year',
}

export const insights = {
  title: 'Insights',
}

export const entries = {
  title: 'Entries',
}

export const tasks = {
  title: 'Tasks',
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
