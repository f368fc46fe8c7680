/** How large a step of some work may be, so that others wait for it only so long. */
export interface StepSize {
  /** The size of the next step. */
  readonly next: number
  /**
   * Learns from a step: a longer one than the target is followed by smaller ones.
   * @param ms that it took.
   */
  took(ms: number): void
}

/**
 * Steps of a size that adapts: nobody knows how long a row or a page takes on this machine, at this hour.
 * @param targetMs the duration of a step.
 */
export function stepSize({ min, max, targetMs }: { min: number; max: number; targetMs: number }): StepSize {
  let next = min
  return {
    get next() {
      return next
    },
    took(ms) {
      next = ms > targetMs ? Math.max(min, Math.floor(next / 2)) : Math.min(max, next * 2)
    },
  }
}
