import { totalmem } from 'node:os'

const mebibyte = 1024 * 1024

/** The memory of the machine, or what its container may use of it, in bytes. */
export function memoryLimit(machine = totalmem(), container = process.constrainedMemory()): number {
  return container > 0 ? Math.min(machine, container) : machine
}

/** The limits of a process's caches, in bytes. */
export interface CacheSizes {
  renderedMoods: number
  renderedTasks: number
  histories: number
  searchedTexts: number
}

/**
 * Sizes the caches of a process: all of them together take a 32nd of the memory, which on a machine of 1 GiB is as much
 * as the rest of the heap, and at most 64 MiB. docs/operation.md has a table of it.
 * @param memory in bytes.
 * @param processes that share it.
 */
export function cacheSizes(memory: number, processes: number): CacheSizes {
  const all = Math.min(Math.max(memory / 32 / processes, 4 * mebibyte), 64 * mebibyte)
  return {
    renderedMoods: Math.floor((all * 7) / 16),
    renderedTasks: Math.floor(all / 16),
    histories: Math.floor(all / 4),
    searchedTexts: Math.floor(all / 4),
  }
}
