/** Which rows of a long list are in the document, and where each of them stands. Plain numbers, px. */

/** Rows in the document at most. */
export const maxRows = 60

export interface Placed {
  /** Where each row begins, and at last where the list ends. */
  offsets: Float64Array
}

/**
 * Places rows one below the other.
 * @param heightOf the measured height of a row, or undefined.
 * @param estimate of the rows that were never measured.
 */
export function placed(
  count: number,
  heightOf: (row: number) => number | undefined,
  estimate: (row: number) => number,
): Float64Array {
  const offsets = new Float64Array(count + 1)
  for (let row = 0; row < count; row++) offsets[row + 1] = (offsets[row] as number) + (heightOf(row) ?? estimate(row))
  return offsets
}

/** The row at a height; the first or the last beyond the ends. */
export function rowAt(offsets: Float64Array, y: number): number {
  let [low, high] = [0, offsets.length - 2]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((offsets[middle] as number) <= y) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}

/**
 * The rows to show, from the first to before the last: those in view, and as many around as fit.
 * @param top of the view within the list.
 */
export function rowsAround(
  offsets: Float64Array,
  top: number,
  height: number,
  around = 12,
): [from: number, to: number] {
  const count = offsets.length - 1
  const first = rowAt(offsets, top)
  const last = rowAt(offsets, top + height)
  const from = Math.max(0, first - around)
  return [from, Math.min(count, last + 1 + around, from + maxRows - 2)]
}
