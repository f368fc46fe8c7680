import { join } from 'node:path'
import t from 'tap'
import { uncovered } from './children.ts'
import { temporaryFolder } from './helper.ts'
import { instructorAt, kill, type Server, settingsFor, startKillable } from './killable-server.ts'
import { postgresDatabase, startPostgres } from './postgres-server.ts'
import { underWriters } from './sync-under-writers.ts'
import { syncsUnderKills } from './syncs-under-kills.ts'

/** A small budget of both programs for every run of the tests, on the same servers. */
const seed = Math.floor(Math.random() * 2 ** 31)

const databases = {
  SQLite: async () => `file:${join(temporaryFolder(t), 'sync.db')}`,
  PostgreSQL: async () => postgresDatabase(t, await startPostgres(t)),
}

for (const [engine, database] of Object.entries(databases)) {
  t.test(`${engine}: what /sync promises, under writers at two servers that are killed`, async t => {
    t.comment(`seed ${seed}`)
    const env = { ...uncovered, ...settingsFor(await database()) }
    // One after the other: the first makes the tables.
    const servers: [Server, Server] = [await startKillable(env), await startKillable(env)]
    t.teardown(() => Promise.all(servers.map(kill)))
    const token = await instructorAt(servers[0])
    const urls = servers.map(({ url }) => url)

    const followed = await underWriters({ urls, token, seed, goesOn: operations => operations < 200 })
    t.strictSame(followed.differences, [], 'no gap, no repetition, the latest states')
    t.ok(followed.operations >= 200 && followed.changes > 0 && followed.caughtUp > 0)

    const { differences, kills } = await syncsUnderKills({ servers, env, token, times: 1, seed })
    t.strictSame(differences, [], 'all operations of a thing or none, and nothing twice')
    t.equal(kills, 1)
  })
}
