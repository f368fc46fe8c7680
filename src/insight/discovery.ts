/**
 * Which of many comparisons are discoveries, so that of those at most a part is expected to be false (Benjamini and
 * Hochberg 1995).
 * @param ps the probability of each if there were nothing.
 * @param rate the part, 0 to 1.
 */
export function discoveries(ps: readonly number[], rate: number): boolean[] {
  const sorted = ps.toSorted((a, b) => a - b)
  const last = sorted.findLastIndex((p, i) => p <= (rate * (i + 1)) / ps.length)
  return ps.map(p => p <= (sorted[last] ?? -1))
}
