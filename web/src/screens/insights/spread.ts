/** How the days of a month are spread. */
export interface MonthSpread {
  /** `2026-03`. */
  month: string
  n: number
  mean: number
  /** Half of the days lie between these. */
  low: number
  high: number
}

/** The months of days with a valence, the earliest first. */
export function spreadByMonth(
  days: Iterable<{ date: string; valence: number | null }>,
  from: string | undefined,
): MonthSpread[] {
  const months = new Map<string, number[]>()
  for (const { date, valence } of days) {
    if (valence === null || (from !== undefined && date < from)) continue
    const month = date.slice(0, 7)
    const known = months.get(month)
    if (known) known.push(valence)
    else months.set(month, [valence])
  }
  return [...months]
    .map(([month, values]) => {
      values.sort((a, b) => a - b)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return { month, n: values.length, mean, low: quantile(values, 0.25), high: quantile(values, 0.75) }
    })
    .sort((a, b) => (a.month < b.month ? -1 : 1))
}

/** By linear interpolation between the values around it (Hyndman and Fan 1996, type 7). */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number]
  return below + (above - below) * (at - Math.floor(at))
}
