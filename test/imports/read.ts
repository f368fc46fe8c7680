import { ByteReader } from '../../src/imports/bytes.ts'
import { readerOf, recognize } from '../../src/imports/formats.ts'
import type { Refusal, Row } from '../../src/imports/row.ts'
import { formatDay } from '../../src/moods/calendar.ts'
import type { MoodFormat } from '../../src/vocabulary.ts'

/** Bytes in chunks of a size that splits everything somewhere. */
export async function* chunked(bytes: Buffer, size = 7): AsyncGenerator<Buffer, void, undefined> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

/** A row without what is absent, its day as text. */
function shown({
  day,
  line,
  instant,
  ...fields
}: Row): Partial<Omit<Row, 'day' | 'instant'>> & { day?: string; at?: string } {
  const said = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return {
    line,
    ...said,
    ...(day !== undefined && { day: formatDay(day) }),
    ...(instant && { at: new Date(instant.ms).toISOString() }),
  }
}

/** What a file is read to: by its content where no format is given. */
export async function read(content: string | Buffer, format?: MoodFormat, size?: number) {
  const bytes = Buffer.from(content)
  const reader = new ByteReader(chunked(bytes, size))
  const recognized = format ?? (await recognize(reader))
  const rows: ReturnType<typeof shown>[] = []
  const refused: Refusal[] = []
  const ignored: string[] = []
  const source = { bytes: reader.rest(), ignored: (columns: readonly string[]) => void ignored.push(...columns) }
  for await (const row of readerOf(recognized)(source)) {
    if ('reason' in row) refused.push(row)
    else rows.push(shown(row))
  }
  return { format: recognized, rows, refused, ignored }
}
