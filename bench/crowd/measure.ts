import type { LoadResult } from '../load.ts'
import { checkAnswer, serverEnv, withServer } from '../measure.ts'
import { cores } from '../pinning.ts'
import type { Prepared } from '../prepared.ts'
import { type RunningServer, startHelper } from '../processes.ts'
import { headerOf } from './credentials.ts'
import type { CrowdData, Side } from './data.ts'
import type { VisitLoad, Visitors } from './load.ts'
import { idOf } from './multiply.ts'
import type { Group, VisitScenario } from './scenarios.ts'

/** The number of connections, each with one visit at a time. */
const connections = 16
/** Timeout in ms. */
const loadTimeoutMs = 300_000
/** The share of the crowd that warms a server up, and is not there again. */
const warmUpShare = 0.4

/** Loads a newly started server with visits: what they cost before it has anything of these people in memory. */
export async function measureVisits(scenario: VisitScenario, data: Prepared, side: Side): Promise<LoadResult> {
  const crowd = await data.crowd()
  const program = side === 'server' ? '../src/server/main.ts' : data.baseline
  const env = { ...(side === 'server' && serverEnv), DATABASE_URL: crowd.url[side] }
  return withServer({ program, env }, { workers: 1, pinned: true }, async server => {
    await checkPage(crowd, server, side, scenario)
    const load: VisitLoad = {
      url: server.url,
      pid: server.pid,
      connections,
      steps: scenario.steps,
      ...visitorsOf(crowd, side, scenario),
    }
    const program = { program: './crowd/load.ts', core: cores.load, args: [JSON.stringify(load)] }
    return startHelper<LoadResult>(program, loadTimeoutMs).result
  })
}

/** Asks as the first of the visitors, who does not count: a wrong answer may be fast. */
async function checkPage(
  { originals }: CrowdData,
  server: RunningServer,
  side: Side,
  { name, visitors }: VisitScenario,
) {
  const page = { name, method: 'GET', path: '/mood?per_page=20', entries: 20 } as const
  const original = side === 'server' ? originals[visitors] : undefined
  const headers = headerOf(original, idOf(visitors, 0))
  const { streak } = await checkAnswer(page, server, headers, 200)
  if (side === 'server' && !(streak >= 20)) throw new Error(`${name}: a streak of ${streak} is not what was logged`)
}

/** Part of the crowd warms the server up, and those who count come after them. */
function visitorsOf(
  { size, originals }: CrowdData,
  side: Side,
  { visitors }: VisitScenario,
): Record<'warmUp' | 'counted', Visitors> {
  const of = (group: Group, from: number, people: number) => {
    const original = side === 'server' ? { original: originals[group] } : {}
    return { group, from, people, ...original }
  }
  const warmUp = of('crowd', 1, Math.floor(size.crowd * warmUpShare))
  const from = visitors === 'crowd' ? warmUp.from + warmUp.people : 1
  return { warmUp, counted: of(visitors, from, size[visitors] - from) }
}
