import { stringify } from 'csv-stringify/sync'
import type { ExportedEntry } from '../moods/entry-export.ts'
import { ownColumns, tagsCell, textCell } from './own-csv.ts'
import { ownVersion } from './own-json.ts'

/** Our own files, in pieces, as `own-csv.ts` and `own-json.ts` read them. */

/** A header and a row per entry. */
export async function* csvFile(
  chunks: AsyncIterable<readonly ExportedEntry[]>,
): AsyncGenerator<string, void, undefined> {
  yield stringify([[...ownColumns]])
  for await (const entries of chunks) yield stringify(entries.map(cellsOf))
}

function cellsOf(entry: ExportedEntry): string[] {
  return ownColumns.map(column => {
    const value = entry[column]
    if (column === 'tags') return textCell(tagsCell(entry.tags))
    if (value instanceof Date) return value.toISOString()
    // A number is no formula, whatever its sign.
    return typeof value === 'string' ? textCell(value) : String(value ?? '')
  })
}

/**
 * `{"format": "moodstreak", "version": 1, "moods": [...]}`.
 * @param more lists behind the entries, by name, as JSON in pieces.
 */
export async function* jsonFile(
  chunks: AsyncIterable<readonly ExportedEntry[]>,
  more: Readonly<Record<string, AsyncIterable<readonly object[]>>> = {},
): AsyncGenerator<string, void, undefined> {
  yield `{"format":"moodstreak","version":${ownVersion},"moods":[`
  yield* listed(chunks)
  yield ']'
  for (const [name, list] of Object.entries(more)) {
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
