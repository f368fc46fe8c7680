import { crowd, type Person, people } from './people.ts'

/** One kind of request under load. */
export interface Scenario {
  /** For `--only`. */
  name: string
  /** For the table. */
  title: string
  person: Person
  /** A different user on each connection, instead of one on all. */
  crowd?: readonly Person[]
  /** Measured on this engine only. */
  engine?: 'postgres'
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  /** Sends another `as_of` each time: see `Load.everNew`. */
  everNew?: boolean
  /** Sends the `ETag` of a first answer as `If-None-Match`. */
  revalidates?: boolean
  /** The server's expected status; the baseline has no 304 and answers 200 instead. */
  status: 200 | 201 | 304
  /** The number of entries in the answer; absent for one. */
  entries?: number
  /** The number of tasks in it. */
  tasks?: number
}

const page = { method: 'GET', path: '/mood?per_page=20', status: 200, entries: 20 } as const

const post = {
  method: 'POST',
  path: '/mood',
  body: { mood: 8, note: 'Slept well, long walk.', tags: ['sleep', 'walk'] },
  status: 201,
} as const

const tasks = { method: 'GET', person: people.regular, status: 200, tasks: 20 } as const

/** All scenarios, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  { ...page, name: 'page-20', title: 'repeated page of 20 entries', person: people.beginner },
  { ...page, name: 'page-3650', title: 'repeated page of 20, of 3 650 entries', person: people.regular },
  { ...page, name: 'page-100000', title: 'repeated page of 20, of 100 000 entries', person: people.eager },
  {
    ...page,
    name: 'page-ever-new',
    title: 'page of 20 of 100 000 entries, never the same',
    person: people.eager,
    everNew: true,
  },
  {
    ...page,
    name: 'not-modified',
    title: 'repeated page of 20, of 3 650, If-None-Match (*)',
    person: people.regular,
    revalidates: true,
    status: 304,
  },
  { ...page, name: 'all', title: 'all 3 650 entries, repeated', person: people.regular, path: '/mood', entries: 3_650 },
  { ...tasks, name: 'tasks', title: 'repeated page of 20, of 1 000 tasks', path: '/tasks?per_page=20' },
  { ...tasks, name: 'tasks-page-50', title: 'repeated page 50 of 1 000 tasks', path: '/tasks?per_page=20&page=50' },
  { ...post, name: 'post', title: 'POST /mood, one person', person: people.writer },
  // Writes of one user wait for each other there, from the update of the version row to the commit.
  { ...post, name: 'post-crowd', title: 'POST /mood, 16 people', person: people.writer, crowd, engine: 'postgres' },
]
