import type { Environment } from '../environment.ts'

/** In ms; doubled for each further failure. */
const firstBackOffMs = 2_000
export const maxBackOffMs = 5 * 60_000

/**
 * How long (ms) to wait after failures, with some chance in it so that devices do not come all at once.
 * @param failures in a row, from 1.
 */
export function backOff(failures: number, { random }: Pick<Environment, 'random'>): number {
  return Math.min(maxBackOffMs, firstBackOffMs * 2 ** (failures - 1)) * (0.5 + random() / 2)
}
