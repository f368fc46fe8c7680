import t from 'tap'
import { timeless } from './children.ts'
import { mailbox } from './mailbox.ts'
import { postgresDatabase, startPostgres } from './postgres-server.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export const JWT_SECRET = 'a secret that the nodes of a test share, long enough'

let shared: ReturnType<typeof start> | undefined

/**
 * Two servers on one PostgreSQL database. Test files that only ask something of them share them, because a start is what
 * costs; each with users of its own.
 */
export function twoNodes() {
  shared ??= start()
  return shared
}

async function start() {
  const box = await mailbox(t)
  const url = await postgresDatabase(t, await startPostgres(t))
  const env = { DATABASE_URL: url, JWT_SECRET, SMTP_URL: box.url, LOG_LEVEL: 'silent', ...timeless }
  // One after the other: the first makes the tables.
  const servers: [ServerProcess, ServerProcess] = [await startServer(t, env), await startServer(t, env)]
  return { url, box, servers }
}
