import pg from 'pg'
import { distribute } from '../src/db/distribute.ts'

/** The machines of the Citus cluster whose coordinator a URL names: the URLs of their databases, the coordinator's first. */
async function nodesOf(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(
    'select nodename as host, nodeport::text as port from pg_dist_node where isactive order by groupid <> 0, nodeid',
  )
  await client.end()
  return rows.map(({ host, port }) => Object.assign(new URL(url), { hostname: host, port }).href)
}

/** The machines of each cluster, asked once. */
const known = new Map<string, Promise<string[]>>()

/**
 * Runs statements on every machine, one after the other.
 * @param cluster the URL of its coordinator.
 */
export async function onEveryMachine(cluster: string, ...statements: string[]): Promise<void> {
  if (!known.has(cluster)) known.set(cluster, nodesOf(cluster))
  const nodes = (await known.get(cluster)) as string[]
  await Promise.all(nodes.map(node => runAll(node, statements)))
}

async function runAll(url: string, statements: readonly string[]) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/**
 * Makes a template of a distributed database on every machine: a copy of all of them together is a distributed database,
 * too, and takes a moment.
 * @param cluster the URL of its coordinator, of a database in which its machines are known.
 */
export async function distributedTemplate(cluster: string, template: string): Promise<void> {
  await onEveryMachine(cluster, `drop database if exists ${template}`, `create database ${template}`)
  const nodes = (await known.get(cluster)) as string[]
  const there = (url: string) => Object.assign(new URL(url), { pathname: `/${template}` })
  for (const node of nodes) await runAll(there(node).href, ['create extension citus'])
  const [coordinator, ...workers] = nodes.map(there) as [URL, ...URL[]]
  await runAll(coordinator.href, [
    `select citus_set_coordinator_host('${coordinator.hostname}', ${coordinator.port})`,
    ...workers.map(({ hostname, port }) => `select citus_add_node('${hostname}', ${port})`),
  ])
  await distribute(coordinator.href, () => {})
  // Citus' own daemon would keep it in use.
  await onEveryMachine(
    cluster,
    `alter database ${template} allow_connections false`,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${template}'`,
  )
}
