import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import type { Api, Person } from './api.ts'
import type { Seeding } from './seed.ts'

/** The worst that somebody can ask a server for. */
export interface WorstScenario {
  /** For `--only`. */
  name: string
  title: string
  /** Arguments of the server's Node. */
  node?: readonly string[]
  /** Makes people and what is theirs through the API. */
  prepare(api: Api): Promise<void>
  /**
   * Multiplies it, while no server runs.
   * @param idOf the id of somebody, by name.
   */
  seed?(seeding: Seeding, idOf: (username: string) => string): void
  /**
   * The load itself.
   * @param until when what has no end of its own is over, epoch ms.
   */
  load(api: Api, until: number): Promise<void>
}

const entry = { mood: 5, note: 'Slept well, long walk before work.', tags: [], date: '2020-01-01' }

/** Ask for lists of 30 MB, all at once. */
const listers = Array.from({ length: 12 }, (_, n) => `lister-${n + 1}`)
const listsEach = 25

const arriving = Array.from({ length: 100 }, (_, n) => `arriving-${n + 1}`)

const exporters = ['exporter-1', 'exporter-2', 'exporter-3', 'exporter-4', 'exporter-5']
/** Of the longest sequences that can be sent, in MB. */
const exportMB = 100
const longSequence = {
  title: 'As long as can be',
  poses: Array.from({ length: 300 }, () => ({ pose_id: 'cat', cue: 'é'.repeat(300) })),
}
const longSequenceBytes = Buffer.byteLength(JSON.stringify(longSequence.poses)) + 300 * 80

/** Exports of 100 MB for each of some people. */
const largeExports = {
  async prepare(api: Api) {
    for (const username of exporters) {
      const as = await api.signUp(username, 'instructor')
      await api.send('POST /sequences', { as, body: longSequence })
    }
  },
  seed(seeding: Seeding, idOf: (username: string) => string) {
    const copies = Math.ceil((exportMB * 1e6) / longSequenceBytes)
    for (const username of exporters) seeding.clone('sequences', idOf(username), copies)
  },
}

/** Twenty accounts that are deleted, in a file of a size. */
function deletions(name: string, title: string, fileMB: number): WorstScenario {
  const leavers = Array.from({ length: 20 }, (_, n) => `leaver-${n + 1}`)
  return {
    name,
    title,
    async prepare(api) {
      for (const username of [...leavers, 'filler']) {
        await api.send('POST /mood', { as: await api.signUp(username), body: entry })
      }
    },
    seed(seeding, idOf) {
      const note = 'hex(randomblob(5000))'
      seeding.clone('moods', idOf('filler'), fileMB * 95, { note, date: "date('now', '-' || (i / 12) || ' days')" })
      for (const username of leavers) seeding.clone('moods', idOf(username), 200, { note })
    },
    async load(api) {
      const people = []
      for (const username of leavers) people.push(await api.signIn(username))
      await Promise.all(people.map(as => api.send('DELETE /account', { as })))
    },
  }
}

export const worstScenarios: readonly WorstScenario[] = [
  { name: 'idle', title: 'nothing', prepare: async () => {}, load: (_, until) => sleep(until - Date.now()) },
  {
    name: 'list',
    title: 'list of 100 000 entries, 5 connections',
    async prepare(api) {
      await api.send('POST /mood', { as: await api.signUp('eager'), body: entry })
    },
    seed(seeding, idOf) {
      const [date, occurred_at] = ["date('now', '-' || (i / 12) || ' days')", 'one.occurred_at - i * 7200000']
      seeding.clone('moods', idOf('eager'), 100_000, { date, occurred_at })
    },
    async load(api, until) {
      const as = await api.signIn('eager')
      await inTurns(5, until, () => api.send('GET /mood', { as }))
    },
  },
  {
    name: 'arrivals',
    title: 'first pages of 100 people with 3 650 entries, at once',
    async prepare(api) {
      for (const username of arriving) await api.send('POST /mood', { as: await api.signUp(username), body: entry })
    },
    seed(seeding, idOf) {
      const days = { date: "date('now', '-' || i || ' days')", occurred_at: 'one.occurred_at - i * 86400000' }
      for (const username of arriving) seeding.clone('moods', idOf(username), 3_650, days)
    },
    async load(api) {
      const people = []
      for (const username of arriving) people.push(await api.signIn(username))
      await Promise.all(people.map(as => api.send('GET /mood?per_page=20', { as })))
    },
  },
  {
    name: 'exports',
    title: '5 exports of 100 MB at once',
    ...largeExports,
    async load(api) {
      const people = []
      for (const username of exporters) people.push(await api.signIn(username))
      await Promise.all(people.map(as => api.send('GET /account/export', { as })))
    },
  },
  {
    name: 'burst',
    title: '300 lists of 30 MB by 12 accounts at once, heap of 512 MB',
    node: ['--max-old-space-size=512'],
    async prepare(api) {
      for (const username of listers) await api.send('POST /mood', { as: await api.signUp(username), body: entry })
    },
    seed(seeding, idOf) {
      for (const username of listers)
        seeding.clone('moods', idOf(username), 4_700, {
          note: 'hex(randomblob(3000))',
          date: "date('now', '-' || (i / 3) || ' days')",
        })
    },
    async load(api) {
      const people = []
      for (const username of listers) people.push(await api.signIn(username))
      await Promise.all(people.flatMap(as => Array.from({ length: listsEach }, () => api.send('GET /mood', { as }))))
    },
  },
  {
    name: 'tricklers',
    title: 'large exports beside 3 that take 64 KiB in 20 s, heap of 512 MB',
    node: ['--max-old-space-size=512'],
    ...largeExports,
    async load(api) {
      const people = []
      for (const username of exporters) people.push(await api.signIn(username))
      const [fourth, fifth, ...tricklers] = people as [Person, Person, ...Person[]]
      const hangUps = tricklers.map(as => api.tricklingReader('/account/export', as, 20_000))
      await sleep(5_000)
      await Promise.all([fourth, fifth].map(as => api.send('GET /account/export', { as })))
      for (const hangUp of hangUps) hangUp()
    },
  },
  {
    name: 'json',
    title: '512 KiB of 1,1,1, 2 connections',
    prepare: async api => void (await api.signUp('hostile', 'instructor')),
    async load(api, until) {
      const as = await api.signIn('hostile')
      const body = Buffer.from(`{"title":"x","poses":[${'1,'.repeat(255 * 1024)}1]}`)
      await inTurns(2, until, () => api.send('POST /sequences', { as, body }))
    },
  },
  {
    name: 'search',
    title: 'search over 5 000 published, 5 connections',
    async prepare(api) {
      const as = await api.signUp('author', 'instructor')
      const poses = ['cat', 'cow', 'corpse'].map(pose_id => ({ pose_id }))
      const description = 'Wakes the back and the hips, slowly, before the day begins. '.repeat(30)
      const body = { title: 'Sequence', description, visibility: 'published', tags: ['hips'], poses }
      await api.send('POST /sequences', { as, body })
    },
    // Past the quota, which lets an account publish 200.
    seed(seeding, idOf) {
      seeding.clone('published_sequences', idOf('author'), 4_999)
    },
    async load(api, until) {
      const as = await api.signIn('author')
      let asked = 0
      await inTurns(5, until, () => api.send(`GET /sequences?scope=published&q=none+such+${++asked}`, { as }))
    },
  },
  {
    name: 'pictures',
    title: 'pictures of 40 megapixels, 5 connections',
    prepare: async api => void (await api.signUp('painter')),
    async load(api, until) {
      const as = await api.signIn('painter')
      const flat = sharp({ create: { width: 8_000, height: 5_000, channels: 3, background: 'teal' } })
      const body = await flat.jpeg({ quality: 60 }).toBuffer()
      await inTurns(5, until, () => api.send('PUT /profile/avatar', { as, body, type: 'image/jpeg' }))
    },
  },
  deletions('deletions', '20 account deletions in a file of 1 GB', 1_000),
  deletions('deletions-small', '20 account deletions in a file of 120 MB', 80),
  {
    name: 'readers',
    title: '50 silent readers of an export of 100 MB, heap of 512 MB',
    node: ['--max-old-space-size=512'],
    ...largeExports,
    async load(api, until) {
      const people = []
      for (const username of exporters) people.push(await api.signIn(username))
      const hangUps = people.flatMap(as => Array.from({ length: 10 }, () => api.silentReader('/account/export', as)))
      // Each waits for the others' first rows, so the last of them takes a while to begin.
      await sleep(Math.max(60_000, until - Date.now()))
      for (const hangUp of hangUps) hangUp()
    },
  },
]

/** Does something again and again on some connections, until a time or until it says that it is enough. */
async function inTurns(connections: number, until: number, once: () => Promise<unknown>) {
  const work = async () => {
    while (Date.now() < until) if ((await once()) === false) return
  }
  await Promise.all(Array.from({ length: connections }, work))
}
