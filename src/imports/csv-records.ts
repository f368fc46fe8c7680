import { isUtf8 } from 'node:buffer'
import { parse } from 'csv-parse'
import { RefusedRow } from './row.ts'
import { storable } from './texts.ts'

/** One record of a CSV file. */
export interface CsvRecord {
  /** Where it begins; the first line is 1. */
  line: number
  /** Their bytes, each as the character of its number: without a buffer for each. */
  cells: readonly string[]
  /** Set where the file cannot be read from here on. */
  broken?: string
}

/** Longer records come from a quote that is not closed, or are no diary. */
const maxRecordBytes = 256 * 1024
/** Each may end a cell, of which the parser does not count empty ones; a long note has a hundredth of them. */
const maxRecordSeparators = 20_000
/** One after the other; more are no gaps of a diary, and each is remembered until a record follows. */
const maxBlankLines = 100_000
/** What is parsed at once. */
const pieceBytes = 8 * 1024

/**
 * The records of a CSV file in UTF-8, with the lines that they begin on; blank lines are skipped. A quote that is not
 * closed makes the rest of the file one broken record.
 */
export async function* csvRecords(
  bytes: AsyncIterable<Buffer>,
  delimiter: string,
): AsyncGenerator<CsvRecord, void, undefined> {
  const lines = lineCounter()
  let found: CsvRecord[] = []
  let [end, blank] = [0, 0]
  const separator = delimiter.charCodeAt(0)
  /** In the pieces of a record that goes on. */
  let separators = 0
  const parser = parse({
    delimiter,
    // As bytes, so that a record that is not UTF-8 is refused by itself.
    encoding: 'latin1',
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
    on_record(cells: string[], context) {
      const line = lines.upTo(end) + context.empty_lines - blank + 1
      end = context.bytes
      blank = context.empty_lines
      if (!cells.every(cell => isBlankCell(cell))) found.push({ line, cells })
      return null
    },
  })
  // The callbacks below tell of errors; without this, they would be thrown too.
  parser.on('error', () => {}).resume()
  const settled = (start: (done: (error?: Error | null) => void) => void) =>
    new Promise<Error | undefined>(resolve => start(error => resolve(error ?? undefined)))
  try {
    for await (const chunk of bytes) {
      // In small pieces: all records of one are there at once.
      for (let start = 0; start < chunk.length; start += pieceBytes) {
        const piece = chunk.subarray(start, start + pieceBytes)
        lines.add(piece)
        const [lastEnd, lastBlank] = [end, parser.info.empty_lines]
        const error = await settled(done => parser.write(piece, done))
        yield* found
        found = []
        if (error) return yield broken(whyOf(error))
        if (parser.info.empty_lines - blank > maxBlankLines)
          return yield broken(`more than ${maxBlankLines} blank lines follow each other`)
        const goesOn = end === lastEnd && parser.info.empty_lines === lastBlank
        separators = goesOn ? separators + countOf(separator, piece) : 0
        if (separators > maxRecordSeparators) return yield broken(tooLong)
      }
    }
    const error = await settled(done => parser.end(done))
    yield* found
    if (error) yield broken(whyOf(error))
  } finally {
    parser.destroy()
  }

  function broken(why: string): CsvRecord {
    return { line: lines.upTo(end) + 1, cells: [], broken: why }
  }
}

const tooLong = `the record is longer than ${maxRecordBytes / 1024} KiB; a quotation mark may be missing`
const whyOf = ({ code }: Error & { code?: string }): string =>
  code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quotation mark is not closed; the file may be cut off here' : tooLong

function countOf(byte: number, piece: Buffer): number {
  let count = 0
  for (const one of piece) if (one === byte) count++
  return count
}

const isBlankCell = (cell: string) => /^[ \t]*$/.test(cell)

/**
 * The text of a cell.
 * @param kept what is kept of it: composed, if absent.
 * @throws {RefusedRow} for bytes that are not UTF-8, and for what cannot be stored.
 */
export function textOf(cell: string, kept = storable): string {
  if (!/[\x80-\xff]/.test(cell)) return kept(cell)
  const bytes = Buffer.from(cell, 'latin1')
  if (!isUtf8(bytes)) throw new RefusedRow('the row is not in UTF-8')
  return kept(bytes.toString())
}

/** Counts the lines up to an offset; CR, LF and CR LF each end one. The parser counts CR LF in quotes twice. */
function lineCounter() {
  const ends: number[] = []
  let [offset, passed, taken] = [0, 0, 0]
  let afterReturn = false
  return {
    add(chunk: Buffer) {
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i]
        if (byte === 0x0a) ends.push(offset + i + 1)
        else if (afterReturn) ends.push(offset + i)
        afterReturn = byte === 0x0d
      }
      offset += chunk.length
    },
    /** The number of lines that end at or before an offset; offsets must rise. */
    upTo(end: number): number {
      while (taken < ends.length && (ends[taken] as number) <= end) taken++
      if (taken === ends.length || taken > 10_000) {
        passed += taken
        ends.splice(0, taken)
        taken = 0
      }
      return passed + taken
    },
  }
}

/** Signs that separate cells; the one that the first line has most of counts. */
const delimiters = [',', ';', '\t']

/** The first line of a file, and what separates its cells. */
export function headerOf(beginning: string): { delimiter: string; columns: string[] } {
  const [line = ''] = beginning.replace(/^[\r\n]+/, '').split(/[\r\n]/)
  const outside = line.replace(/"[^"]*"/g, '')
  const [delimiter = ','] = delimiters.toSorted((a, b) => outside.split(b).length - outside.split(a).length)
  return { delimiter, columns: line.split(delimiter).map(columnName) }
}

/** A name of a column as it is compared. */
export function columnName(text: string): string {
  return text
    .normalize('NFKC')
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
}
