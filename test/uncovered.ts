import { fileURLToPath } from 'node:url'

/**
 * The environment of a process that would teach tap nothing new. Without the counting of what it runs it takes a third
 * less; and it may be compiled from a cache, from which the count would be wrong.
 */
export const uncovered = {
  _TAPJS_PROCESSINFO_COVERAGE_: '0',
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/moodstreak-tests', import.meta.url)),
}
