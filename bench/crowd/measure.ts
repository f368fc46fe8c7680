import type { LoadResult } from '../load.ts'
import { checkAnswer, startOwn, using } from '../measure.ts'
import { cores } from '../pinning.ts'
import type { Prepared } from '../prepared.ts'
import { type RunningServer, startHelper, startServer, temporaryFolder } from '../processes.ts'
import { headerOf } from './credentials.ts'
import type { CrowdData, Side } from './data.ts'
import type { VisitLoad, Visitors } from './load.ts'
import { idOf } from './multiply.ts'
import { type Group, page, type Step, type VisitScenario } from './scenarios.ts'

/** The number of connections, each with one visit at a time. */
const connections = 16
/** Timeout in ms. */
const loadTimeoutMs = 300_000
/** The share of the crowd that warms a server up, and is not there again. */
const warmUpShare = 0.4

/** Loads a newly started server with visits: what they cost before it has anything of these people in memory. */
export async function measureVisits(scenario: VisitScenario, data: Prepared, side: Side): Promise<LoadResult> {
  const crowd = await data.crowd()
  const { size } = crowd
  const { visitors, steps, asManyAs } = scenario
  return using(startSide(side, data), async server => {
    await checkPage(crowd, server, side, scenario)
    // Who warms the server up, or was asked for above, does not count.
    const warmUp = visitorsFrom(crowd, side, 'crowd', 1, Math.floor(size.crowd * warmUpShare))
    const from = visitors === 'crowd' ? warmUp.from + warmUp.people : 1
    const people = Math.min(size[visitors] - from, asManyAs ? size[asManyAs] - 1 : Number.POSITIVE_INFINITY)
    return visit(server, [warmUp, visitorsFrom(crowd, side, visitors, from, people)], steps)
  })
}

/**
 * Lets people visit a server, one group after the other.
 * @returns what the last group has cost.
 */
export function visit({ url, pid }: RunningServer, groups: readonly Visitors[], steps: readonly Step[] = [page]) {
  const load: VisitLoad = { url, pid, connections, steps, groups }
  const program = { program: './crowd/load.ts', core: cores.load, args: [JSON.stringify(load)] }
  return startHelper<LoadResult>(program, loadTimeoutMs).result
}

/** People of a group, with what shows the server who they are. */
export function visitorsFrom(
  { originals }: CrowdData,
  side: Side,
  group: Group,
  from: number,
  people: number,
): Visitors {
  return { group, from, people, ...(side === 'server' && { original: originals[group] }) }
}

/** Starts the server, or the baseline, on its own copy of the crowd. */
export async function startSide(side: Side, data: Prepared, env: Record<string, string> = {}): Promise<RunningServer> {
  const { url } = await data.crowd()
  const all = { ...env, DATABASE_URL: url[side] }
  if (side === 'server') return startOwn(all, cores.server)
  return startServer({ program: data.baseline, env: all, core: cores.server, folder: temporaryFolder() })
}

/** Asks as the first of the visitors, who does not count: a wrong answer may be fast. */
async function checkPage(
  { originals }: CrowdData,
  server: RunningServer,
  side: Side,
  { name, visitors }: VisitScenario,
) {
  const original = side === 'server' ? originals[visitors] : undefined
  const headers = headerOf(original, idOf(visitors, 0))
  const { streak } = await checkAnswer({ ...page, name, entries: 20 }, server, headers, 200)
  if (side === 'server' && !(streak >= 20)) throw new Error(`${name}: a streak of ${streak} is not what was logged`)
}
