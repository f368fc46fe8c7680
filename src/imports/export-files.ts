import { stringify } from 'csv-stringify/sync'
import { tagsCell, textCell } from './own-csv.ts'
import { ownVersion } from './own-json.ts'

/** Our own files, in pieces, as what imports them reads them. */

type Rows<Column extends string> = AsyncIterable<readonly Readonly<Record<Column, unknown>>[]>

/** A header and a row per thing. */
export async function* csvFile<Column extends string>(
  columns: readonly Column[],
  chunks: Rows<Column>,
): AsyncGenerator<string, void, undefined> {
  yield stringify([[...columns]])
  for await (const rows of chunks) yield stringify(rows.map(row => columns.map(column => cellOf(row[column]))))
}

function cellOf(value: unknown): string {
  if (Array.isArray(value)) return textCell(tagsCell(value))
  if (value instanceof Date) return value.toISOString()
  // A number is no formula, whatever its sign.
  return typeof value === 'string' ? textCell(value) : String(value ?? '')
}

/** Lists by name, some of their rows at a time. */
export type Lists = Readonly<Record<string, AsyncIterable<readonly object[]>>>

/** `{"format": "moodstreak", "version": 1, "moods": [...]}`, with these lists. */
export async function* jsonFile(lists: Lists): AsyncGenerator<string, void, undefined> {
  yield `{"format":"moodstreak","version":${ownVersion}`
  for (const [name, list] of Object.entries(lists)) {
    yield `,"${name}":[`
    yield* listed(list)
    yield ']'
  }
  yield '}\n'
}

/** One a line, so that two exports can be compared. */
async function* listed(chunks: AsyncIterable<readonly object[]>): AsyncGenerator<string, void, undefined> {
  let separator = '\n'
  for await (const rows of chunks) {
    let piece = ''
    for (const row of rows) {
      piece += separator + JSON.stringify(row)
      separator = ',\n'
    }
    yield piece
  }
}
