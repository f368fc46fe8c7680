import { type Person, people } from './people.ts'

/** One kind of request under load. */
export interface Scenario {
  /** For `--only`. */
  name: string
  /** For the table. */
  title: string
  person: Person
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  /** Asks with another `as_of` each time: see `Load.everNew`. */
  everNew?: boolean
  /** Sends the `ETag` of a first answer as `If-None-Match`. */
  revalidates?: boolean
  /** The only status that the server may answer with; the baseline knows no 304 and answers 200 instead. */
  status: 200 | 201 | 304
  /** How many entries the answer holds; absent for one. */
  entries?: number
}

const page = { method: 'GET', path: '/mood?per_page=20', status: 200, entries: 20 } as const

/** Everything that is measured, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  { ...page, name: 'page-20', title: 'page of 20 of 20 entries', person: people.beginner },
  { ...page, name: 'page-3650', title: 'page of 20 of 3 650 entries', person: people.regular },
  { ...page, name: 'page-100000', title: 'page of 20 of 100 000 entries', person: people.eager },
  {
    ...page,
    name: 'page-ever-new',
    title: 'page of 20 of 100 000, never the same',
    person: people.eager,
    everNew: true,
  },
  {
    ...page,
    name: 'not-modified',
    title: 'the same of 3 650, If-None-Match (*)',
    person: people.regular,
    revalidates: true,
    status: 304,
  },
  { ...page, name: 'all', title: 'all 3 650 entries', person: people.regular, path: '/mood', entries: 3_650 },
  {
    name: 'post',
    title: 'POST /mood',
    person: people.writer,
    method: 'POST',
    path: '/mood',
    body: { mood: 8, note: 'Slept well, long walk.', tags: ['sleep', 'walk'] },
    status: 201,
  },
]
