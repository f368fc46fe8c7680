/**
 * Rows of a query in their order, some at a time.
 * @param size of a chunk, in rows.
 * @param first before the first row.
 * @param read the rows behind a place, at most `size`.
 * @param placeOf the place of a row.
 */
export async function* inChunks<Row, Place>(
  size: number,
  first: Place,
  read: (after: Place) => Promise<Row[]>,
  placeOf: (row: Row) => Place,
): AsyncGenerator<Row[], void, undefined> {
  let place = first
  for (;;) {
    const rows = await read(place)
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (!last || rows.length < size) return
    place = placeOf(last)
  }
}
