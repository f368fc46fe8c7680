import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds, residentMiB } from './cpu-time.ts'
import type { Side } from './crowd/data.ts'
import { startSide, visit, visitorsFrom } from './crowd/measure.ts'
import type { Prepared } from './prepared.ts'
import { temporaryFolder } from './processes.ts'

/** What is measured once, not per second. */
export interface Quantity {
  value: number
  unit: 's' | 'MiB'
}

/** What a start takes until `/health` answers: the first time after an installation, and later. */
export async function measureStart(data: Prepared, side: Side): Promise<Record<string, Quantity>> {
  // The server keeps what V8 has compiled where this says (launch/run.js).
  const cache = { NODE_COMPILE_CACHE: temporaryFolder() }
  const [cold, warm] = [await startTime(data, side, cache), await startTime(data, side, cache)]
  return {
    'start, cold cache: processor time': seconds(cold.cpu),
    'start, cold cache: until it answers': seconds(cold.waited),
    'start, warm cache: processor time': seconds(warm.cpu),
    'start, warm cache: until it answers': seconds(warm.waited),
  }
}

async function startTime(data: Prepared, side: Side, env: Record<string, string>) {
  await data.crowd()
  const begun = performance.now()
  const server = await startSide(side, data, env)
  const [cpu, waited] = [cpuSeconds(server.pid), (performance.now() - begun) / 1000]
  await server.stop()
  return { cpu, waited }
}

/** The memory of a server that does nothing, has done little, and has served the whole crowd. */
export async function measureRest(data: Prepared, side: Side): Promise<Record<string, Quantity>> {
  const crowd = await data.crowd()
  const server = await startSide(side, data)
  try {
    await sleep(5_000)
    const idle = residentMiB(server.pid)
    await visit(server, [visitorsFrom(crowd, side, 'crowd', 0, 200)])
    const little = residentMiB(server.pid)
    await visit(server, [visitorsFrom(crowd, side, 'crowd', 200, crowd.size.crowd - 200)])
    return {
      'memory 5 s after the start': mebibytes(idle),
      'memory after 200 pages': mebibytes(little),
      'memory after a page of each of the crowd': mebibytes(residentMiB(server.pid)),
    }
  } finally {
    await server.stop()
  }
}

function seconds(value = Number.NaN): Quantity {
  return { value, unit: 's' }
}

function mebibytes(value = Number.NaN): Quantity {
  return { value, unit: 'MiB' }
}
