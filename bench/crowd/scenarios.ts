/** The groups of people who visit: most with 60 entries, some with 3 650. */
export const groups = ['crowd', 'long'] as const
export type Group = (typeof groups)[number]

/** The number of people of each group. */
export type Size = Record<Group, number>
export const wholeSize: Size = { crowd: 20_000, long: 150 }
export const quickSize: Size = { crowd: 3_000, long: 40 }

/** One request of a visit. */
export interface Step {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  status: 200 | 201
}

/** Visits of many people, none of whom the server has in memory. */
export interface VisitScenario {
  /** For `--only`. */
  name: string
  /** For the table. */
  title: string
  /** The requests of a visit, one after the other. */
  steps: readonly Step[]
  /** Who visits, each of them once. */
  visitors: Group
  /** Only as many of them as there are visitors of another group, so that the two can be compared. */
  asManyAs?: Group
}

export const page: Step = { method: 'GET', path: '/mood?per_page=20', status: 200 }
const log: Step = {
  method: 'POST',
  path: '/mood',
  body: { mood: 8, note: 'Slept well, long walk.', tags: ['sleep', 'walk'] },
  status: 201,
}

export const visitScenarios: readonly VisitScenario[] = [
  { name: 'crowd', title: 'first page of a different person each time', steps: [page], visitors: 'crowd' },
  {
    name: 'day',
    title: 'a day: page, POST, page; a different person each time',
    steps: [page, log, page],
    visitors: 'crowd',
  },
  {
    name: 'first-page-60',
    title: 'first page of somebody with 60 entries',
    steps: [page],
    visitors: 'crowd',
    asManyAs: 'long',
  },
  { name: 'first-page-3650', title: 'first page of somebody with 3 650 entries', steps: [page], visitors: 'long' },
]
