import { ApiError } from '../../errors.ts'
import { type TaskFormat, taskFormats } from '../../vocabulary.ts'
import type { ByteReader } from '../bytes.ts'
import { headerOf } from '../csv-records.ts'
import { beginningOf, isOwnObject } from '../formats.ts'
import { maxFileBytes } from '../limits.ts'
import type { ReadRows } from '../row.ts'
import { taskCsv } from './own-csv.ts'
import { taskJson } from './own-json.ts'
import type { TaskFileRow } from './row.ts'
import { todoist } from './todoist.ts'

export const names = taskFormats

const readers: Readonly<Record<TaskFormat, ReadRows<TaskFileRow>>> = { todoist, csv: taskCsv, json: taskJson }

export const readerOf = (format: TaskFormat): ReadRows<TaskFileRow> => readers[format]

/** What a file may be at most, in bytes as sent. */
export const maxBytesOf = () => maxFileBytes

/**
 * Tells the format of a file by its content; the bytes stay in the reader.
 * @throws {ApiError} `unreadable_file` when it is none.
 */
export async function recognize(reader: ByteReader): Promise<TaskFormat> {
  const text = await beginningOf(reader)
  if (isOwnObject(text)) return 'json'
  const { columns } = headerOf(text)
  if (columns.includes('type') && columns.includes('content')) return 'todoist'
  if (columns.includes('title')) return 'csv'
  throw new ApiError(
    'unreadable_file',
    'Unknown format: neither JSON of this server nor a CSV whose first line names title, or TYPE and CONTENT as Todoist does.',
  )
}
