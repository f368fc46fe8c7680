import { ApiError } from '../errors.ts'
import type { MoodFormat } from '../vocabulary.ts'
import { appleHealth, isExport } from './apple-health.ts'
import { ByteReader, utf8 } from './bytes.ts'
import { headerOf } from './csv-records.ts'
import { daylioBackup, isBackup } from './daylio-backup.ts'
import { daylioCsv } from './daylio-csv.ts'
import { howWeFeel } from './how-we-feel.ts'
import { maxArchiveBytes, maxFileBytes } from './limits.ts'
import { ownCsv } from './own-csv.ts'
import { ownJson } from './own-json.ts'
import { pixels } from './pixels.ts'
import type { ReadRows } from './row.ts'
import { isZip } from './zip.ts'

/** The formats of one kind of files. */
export interface Formats<Format extends string, F> {
  names: readonly Format[]
  /** @throws {ApiError} `unreadable_file`. */
  recognize(file: ByteReader): Promise<Format>
  readerOf(format: Format): ReadRows<F>
  /** What a file of a format may be at most, in bytes as sent. */
  maxBytesOf(format: Format): number
}

const readers: Readonly<Record<MoodFormat, ReadRows>> = {
  'daylio-csv': daylioCsv,
  'daylio-backup': daylioBackup,
  pixels,
  'how-we-feel': howWeFeel,
  'apple-health': appleHealth,
  csv: ownCsv,
  json: ownJson,
}

export const readerOf = (format: MoodFormat): ReadRows => readers[format]

/** What a file of a format may be at most, in bytes as sent. */
export const maxBytesOf = (format: MoodFormat) =>
  format === 'daylio-backup' || format === 'apple-health' ? maxArchiveBytes : maxFileBytes

/** Bytes that tell what a file is. */
const beginningBytes = 64 * 1024

/**
 * Tells the format of a file by its content; the bytes stay in the reader.
 * @throws {ApiError} `unreadable_file` when it is none.
 */
export async function recognize(reader: ByteReader): Promise<MoodFormat> {
  const beginning = await reader.peek(beginningBytes)
  if (isZip(beginning)) return ofArchive(beginning)
  const text = await textOf(beginning)
  if (text.startsWith('<')) return 'apple-health'
  if (text.startsWith('[')) return 'pixels'
  if (text.startsWith('{')) return ofObject(text)
  return ofColumns(headerOf(text).columns)
}

/** The text that tells what a file is; the bytes stay in the reader. */
export const beginningOf = async (reader: ByteReader): Promise<string> => textOf(await reader.peek(beginningBytes))

async function textOf(beginning: Buffer): Promise<string> {
  const parts: Buffer[] = []
  async function* once() {
    yield beginning
  }
  for await (const part of utf8(new ByteReader(once()))) parts.push(part)
  return Buffer.concat(parts).toString().trimStart()
}

/** By the names of the members that lie at its beginning; a backup with pictures in front is taken for what it mostly is. */
function ofArchive(beginning: Buffer): MoodFormat {
  for (let at = beginning.indexOf('PK\x03\x04'); at >= 0; at = beginning.indexOf('PK\x03\x04', at + 4)) {
    if (at + 30 > beginning.length) break
    const name = beginning.subarray(at + 30, at + 30 + beginning.readUInt16LE(at + 26)).toString()
    if (isBackup(name)) return 'daylio-backup'
    if (isExport(name) || /^apple_health_export\//.test(name)) return 'apple-health'
  }
  return 'daylio-backup'
}

function ofObject(text: string): MoodFormat {
  if (/^\{\s*"data"\s*:/.test(text)) return 'apple-health'
  if (isOwnObject(text)) return 'json'
  throw unknown()
}

/** Whether a text is the beginning of our own JSON. */
export const isOwnObject = (text: string): boolean =>
  text.startsWith('{') && /"format"\s*:\s*"moodstreak"/.test(text.slice(0, 1_000))

function ofColumns(columns: readonly string[]): MoodFormat {
  const has = (...names: string[]) => names.every(name => columns.includes(name))
  if (has('mood', 'activities') && (has('full_date') || has('year', 'date'))) return 'daylio-csv'
  if (has('date', 'mood', 'tags (people)')) return 'how-we-feel'
  if (has('mood') && (has('date') || has('occurred_at'))) return 'csv'
  throw unknown()
}

const unknown = () =>
  new ApiError(
    'unreadable_file',
    'Unknown format: neither a ZIP, XML or JSON file of a known app nor a CSV whose first line names mood and date.',
  )
