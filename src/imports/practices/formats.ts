import { ApiError } from '../../errors.ts'
import { type PracticeFormat, practiceFormats } from '../../vocabulary.ts'
import type { ByteReader } from '../bytes.ts'
import { headerOf } from '../csv-records.ts'
import { beginningOf, isOwnObject } from '../formats.ts'
import { maxFileBytes } from '../limits.ts'
import type { ReadRows } from '../row.ts'
import { practiceCsv } from './own-csv.ts'
import { practiceJson } from './own-json.ts'
import type { PracticeFileRow } from './row.ts'

export const names = practiceFormats

const readers: Readonly<Record<PracticeFormat, ReadRows<PracticeFileRow>>> = { csv: practiceCsv, json: practiceJson }

export const readerOf = (format: PracticeFormat): ReadRows<PracticeFileRow> => readers[format]

/** What a file may be at most, in bytes as sent. */
export const maxBytesOf = () => maxFileBytes

/**
 * Tells the format of a file by its content; the bytes stay in the reader.
 * @throws {ApiError} `unreadable_file` when it is none.
 */
export async function recognize(reader: ByteReader): Promise<PracticeFormat> {
  const text = await beginningOf(reader)
  if (isOwnObject(text)) return 'json'
  const { columns } = headerOf(text)
  if (columns.includes('title') && columns.includes('date')) return 'csv'
  throw new ApiError(
    'unreadable_file',
    'Unknown format: neither JSON of this server nor a CSV whose first line names title and date.',
  )
}
