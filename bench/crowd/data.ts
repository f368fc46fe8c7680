import { serverEnv, signIn, startOwn, using } from '../measure.ts'
import { templates } from '../people.ts'
import { headerOf, type Original, userOf } from './credentials.ts'
import { type Connection, multiply } from './multiply.ts'
import { type Group, groups, type Size } from './scenarios.ts'

/** Who is measured. */
export type Side = 'server' | 'bare'

/** The people who visit. */
export interface CrowdData {
  size: Size
  /** `DATABASE_URL` of each side's own copy, for the whole run: both write. */
  url: Record<Side, string>
  /** Whom each group was copied from. */
  originals: Record<Group, Original>
}

/**
 * Fills a database with the people who visit.
 * @param databaseUrl contains the originals.
 * @param connect to the same database.
 */
export async function fillCrowd(
  databaseUrl: string,
  size: Size,
  connect: () => Promise<Connection>,
): Promise<CrowdData['originals']> {
  const found = await using(startOwn({ DATABASE_URL: databaseUrl }, 'any'), async ({ url }) => {
    const met: [Group, Original][] = []
    for (const group of groups) met.push([group, await meet(url, templates[group].username)])
    return met
  })
  const connection = await connect()
  for (const [group, original] of found) await multiply(connection, userOf(original), group, size[group])
  await connection.close()
  return Object.fromEntries(found) as Record<Group, Original>
}

/** Makes somebody known to a server, whatever it keeps of people: who is copied then has asked for a page before. */
export async function meet(url: string, username: string): Promise<Original> {
  const original = { token: await signIn(url, username), secret: serverEnv.JWT_SECRET }
  const page = await fetch(`${url}/mood?per_page=20`, { headers: headerOf(original, userOf(original)) })
  if (!page.ok) throw new Error(`page of ${username}: ${page.status} ${await page.text()}`)
  await page.arrayBuffer()
  return original
}
