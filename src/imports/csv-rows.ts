import { ByteReader, utf8 } from './bytes.ts'
import { columnName, csvRecords, headerOf, textOf } from './csv-records.ts'
import { type Refusal, RefusedRow, type Row, rowOf, type Source } from './row.ts'
import { exactly, storable } from './texts.ts'

/** The cells of a record by the names of their columns, lower-cased; an empty text where there is none. */
export type Cells = (column: string) => string

/** What one format of CSV files makes of a record. */
interface CsvFormat<F> {
  /** The columns that it reads. */
  reads(column: string): boolean
  /** Whether a file with these columns is our own, whose texts are kept as they are. */
  isOwn?(columns: readonly string[]): boolean
  /**
   * A record as rows.
   * @throws {RefusedRow}
   */
  read(cells: Cells, columns: readonly string[]): F | F[]
}

/** Bytes that hold the first line, and no more than that. */
const maxHeaderBytes = 64 * 1024

/**
 * The rows of a CSV file. Its first line names the columns: those that the format does not read are told, and of several
 * with one name the first counts.
 */
export async function* csvRows<F extends object>(
  source: Source,
  format: CsvFormat<F>,
): AsyncGenerator<Row<F> | Refusal, void, undefined> {
  const text = new ByteReader(utf8(new ByteReader(source.bytes)))
  const { delimiter } = headerOf((await text.peek(maxHeaderBytes)).toString())
  let columns: string[] | undefined
  for await (const { line, cells, broken } of csvRecords(text.rest(), delimiter)) {
    if (broken !== undefined) {
      yield { line, reason: broken }
    } else if (!columns) {
      columns = cells.map(cell => columnName(cell.toString()))
      source.ignored(columns.filter(name => name !== '' && !format.reads(name)))
    } else {
      yield* rowsOf(line, cells, columns, format)
    }
  }
}

function rowsOf<F extends object>(
  line: number,
  cells: readonly Buffer[],
  columns: readonly string[],
  format: CsvFormat<F>,
) {
  const read: F[] = []
  const first = rowOf(line, () => {
    const beyond = cells.slice(columns.length)
    if (beyond.some(cell => textOf(cell).trim() !== ''))
      throw new RefusedRow(`the row has ${cells.length} columns, the header ${columns.length}`)
    const kept = format.isOwn?.(columns) ? exactly : storable
    const at = (column: string) => {
      const index = columns.indexOf(column)
      const cell = index < 0 ? undefined : cells[index]
      return cell === undefined ? '' : textOf(cell, kept)
    }
    const fields = [format.read(at, columns)].flat() as F[]
    read.push(...fields.slice(1))
    return fields[0] as F
  })
  return [first, ...read.map(fields => ({ line, ...fields }))]
}
