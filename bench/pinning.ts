import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'

/** Assigns processes to cores, so that the load generator does not take time from the server. */
export const cores = { server: 0, load: 1 } as const

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** A command on one core; on any core if there is no `taskset`. */
export function onCore(core: number | 'any', [command, ...args]: readonly [string, ...string[]]): [string, string[]] {
  if (!canPin || core === 'any') return [command, args]
  return ['taskset', ['-c', String(core), command, ...args]]
}

/** The machine's data, for the interpretation of the results. */
export function machineFacts(pinning = true): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const placed = canPin ? `server on core ${cores.server}, load on core ${cores.load}` : 'nothing pinned (no taskset)'
  const pinned = pinning ? placed : 'nothing pinned'
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores (${model}); ${pinned}`
}
