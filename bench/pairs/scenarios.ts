/** Who sends the requests of a scenario. */
export type Who = 'regular' | 'writer' | 'instructor' | 'original'

/** The number of copies of `original`, who has a few entries: more than a server keeps in memory. */
export const crowdSize = 20_000

/** One kind of request whose price is compared. */
export interface PairScenario {
  /** For `--only`. */
  name: string
  title: string
  who: Who
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  status: 200 | 201 | 304
  /** Asks with another `as_of` each time, so that nothing the server keeps can be the answer. */
  everNew?: boolean
  /** Each request comes from another copy of the person, until there are no more. */
  crowd?: boolean
  /** The number of connections, where the usual one would have requests refused. */
  connections?: number
  /** How many requests of it cost about as much as one page: so many fewer are sent to warm it up. */
  weight?: number
}

export const entries = 3_650
export const fewEntries = 60
export const tasks = 1_000
export const sequences = 30

const read = { method: 'GET', who: 'regular', status: 200 } as const
const page = { ...read, path: '/mood?per_page=20' }

export const pairScenarios: readonly PairScenario[] = [
  {
    ...page,
    name: 'crowd',
    title: 'first page of a different person each time',
    who: 'original',
    crowd: true,
    weight: 4,
  },
  { ...page, name: 'page', title: 'page of 20 of 3 650 entries, never the same', everNew: true },
  { ...page, name: 'page-repeated', title: 'the same, repeated' },
  { ...page, name: 'not-modified', title: 'the same, If-None-Match', status: 304 },
  // Of these large answers one user gets one at a time; eight more may wait, then 503.
  { ...read, name: 'all', title: 'all 3 650 entries, 4 connections', path: '/mood', connections: 4, weight: 10 },
  {
    name: 'post',
    title: 'POST /mood',
    who: 'writer',
    method: 'POST',
    path: '/mood',
    body: { mood: 8, note: 'Slept well, long walk.', tags: ['sleep', 'walk'] },
    status: 201,
  },
  { ...read, name: 'tasks', title: 'page of 20 of 1 000 tasks', path: '/tasks?per_page=20' },
  { ...read, name: 'profile', title: 'GET /profile', path: '/profile' },
  { ...read, name: 'sequences', title: 'page of 20 of 30 sequences', who: 'instructor', path: '/sequences' },
]
