import { ApiError } from '../errors.ts'
import { ByteReader, utf8 } from './bytes.ts'
import { columnName, csvRecords, headerOf, textOf } from './csv-records.ts'
import { type Refusal, RefusedRow, type Row, rowOf, type Source } from './row.ts'
import { exactly, storable } from './texts.ts'

/** The cells of a record by the names of their columns, lower-cased; an empty text where there is none. */
export type Cells = (column: string) => string

/** What one format of CSV files makes of a record. */
interface CsvFormat<F> {
  /** The columns without which a file is none of its format; of several in one place, any will do. */
  needs: readonly (readonly string[])[]
  /** The columns that it reads. */
  reads(column: string): boolean
  /** Whether a file with these columns is our own, whose texts are kept as they are. */
  isOwn?(columns: readonly string[]): boolean
  /**
   * A record as rows.
   * @throws {RefusedRow}
   */
  read(cells: Cells, header: Header): F | F[]
}

/** The first line of a file. */
export interface Header {
  columns: readonly string[]
  /** As of `isOwn`; false for formats without it. */
  isOwn: boolean
}

/** Columns that a file may have; those of an export are a few dozen. */
const maxColumns = 1_000

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
  let header: Indexed | undefined
  let isBroken = false
  for await (const { line, cells, broken } of csvRecords(text.rest(), delimiter)) {
    if (broken !== undefined) {
      isBroken = true
      yield { line, reason: broken }
    } else if (!header) {
      header = readHeader(cells, format)
      source.ignored(header.columns.filter(name => name !== '' && !format.reads(name)))
    } else {
      yield* rowsOf(line, cells, header, format)
    }
  }
  if (!header && !isBroken) throw new ApiError('unreadable_file', 'The file is empty.')
}

interface Indexed extends Header {
  places: ReadonlyMap<string, number>
}

/** @throws {ApiError} `unreadable_file`. */
function readHeader<F>(cells: readonly string[], format: CsvFormat<F>): Indexed {
  if (cells.length > maxColumns)
    throw new ApiError('unreadable_file', `The file has ${cells.length} columns; at most ${maxColumns} are allowed.`)
  const columns = cells.map(cell => columnName(Buffer.from(cell, 'latin1').toString()))
  if (!format.needs.every(any => any.some(name => columns.includes(name)))) {
    const names = format.needs.map(any => any.join(' or ')).join(', ')
    throw new ApiError('unreadable_file', `The first line of the file must name the columns: ${names}.`)
  }
  // The first of several with one name is the last that is put here.
  const places = new Map(columns.map((name, place) => [name, place] as const).toReversed())
  return { columns, places, isOwn: format.isOwn?.(columns) ?? false }
}

function rowsOf<F extends object>(line: number, cells: readonly string[], header: Indexed, format: CsvFormat<F>) {
  const { columns, places } = header
  const kept = header.isOwn ? exactly : storable
  const read: F[] = []
  const first = rowOf(line, () => {
    const beyond = cells.slice(columns.length)
    if (beyond.some(cell => textOf(cell).trim() !== ''))
      throw new RefusedRow(`the row has ${cells.length} columns, the header ${columns.length}`)
    const at = (column: string) => {
      const cell = cells[places.get(column) ?? -1]
      return cell === undefined ? '' : textOf(cell, kept)
    }
    const fields = [format.read(at, header)].flat() as F[]
    read.push(...fields.slice(1))
    return fields[0] as F
  })
  return [first, ...read.map(fields => ({ line, ...fields }))]
}
