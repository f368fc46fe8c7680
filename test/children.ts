import { fileURLToPath } from 'node:url'
import { programs } from '../launch/programs.js'

/**
 * Preloaded by `.taprc`: makes the processes that a test starts cheap. By default their coverage is not counted, which takes
 * a third of the processor time: they load nothing of tap's, and are compiled from a cache, with which counts would be wrong.
 */
const counting = '_TAPJS_PROCESSINFO_COVERAGE_'
const preload = (file: string) => `--import=${new URL(file, import.meta.url).href}`
const quick = `${preload('quick-imports.ts')} ${preload('still-clock.ts')}`
const { NODE_OPTIONS = '', [counting]: counted = '0' } = process.env

/** The environment of a process whose coverage counts. Used only where new code runs. */
export const covered = {
  NODE_OPTIONS: `${NODE_OPTIONS} ${quick}`,
  [counting]: counted,
  NODE_COMPILE_CACHE: '',
}

/** The environment of all others. */
export const uncovered = {
  NODE_OPTIONS: quick,
  [counting]: '0',
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/moodstreak-tests', import.meta.url)),
}

/**
 * The arguments that run a program: as `npm start` does it, which is from the bundle if there is a fresh one; or from the
 * sources, where their coverage counts.
 * @param env of the process.
 */
export function programArgs(name: keyof typeof programs, env: NodeJS.ProcessEnv): string[] {
  const fileAt = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
  const counts = env.NODE_COMPILE_CACHE === covered.NODE_COMPILE_CACHE
  return counts ? [fileAt(programs[name])] : [fileAt('launch/run.js'), name]
}

/** Stops the clocks of processes, all at the same time, so that limits of some seconds hold on a slow machine. */
export const timeless = { STILL_SINCE: String(Date.now()) }

Object.assign(process.env, uncovered)
