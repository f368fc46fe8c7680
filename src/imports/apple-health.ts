import sax from 'sax'
import { ApiError } from '../errors.ts'
import { utcDay } from '../moods/calendar.ts'
import { parseInstant, type WrittenInstant } from '../moods/written-instant.ts'
import { ByteReader, utf8 } from './bytes.ts'
import { readDecimal, readValence } from './decimals.ts'
import { type JsonItem, jsonItems } from './json-items.ts'
import { isRecord, textIn, textsIn } from './json-values.ts'
import { type Fields, quoted, type ReadRows, type Refusal, RefusedRow, type Row, rowOf } from './row.ts'
import { storable } from './texts.ts'
import { isZip, zipMember } from './zip.ts'

/** The states of mind of Apple Health: from `export.xml`, from the archive with it, or from the JSON of Health Auto Export. */
export const appleHealth: ReadRows = async function* ({ bytes }) {
  const reader = new ByteReader(bytes)
  const beginning = await reader.peek(64)
  if (isZip(beginning)) {
    const member = await zipMember(reader.rest(), isExport)
    if (!member) throw new ApiError('unreadable_file', 'The archive has no export.xml.')
    return yield* xmlRows(member.content)
  }
  const text = new ByteReader(utf8(reader))
  const isXml = (await text.peek(64)).toString().trimStart().startsWith('<')
  if (isXml) return yield* xmlRows(text.rest())
  const list = 'data.stateOfMind'
  for await (const item of jsonItems(text.rest(), path => path === list, list))
    yield rowOf(item.number, () => autoExported(item))
}

/** `export.xml` is called otherwise in other languages; `export_cda.xml` beside it is something else. */
export const isExport = (name: string) => /(^|\/)[^/]+\.xml$/i.test(name) && !/_cda\.xml$/i.test(name)

/** What the parser remembers: elements within each other, of which an export has four, and the attributes of one element. */
const [maxDepth, maxAttributes, maxAttributeCharacters] = [64, 256, 256 * 1024]

/**
 * Read as a stream, without building a tree: of all elements only `StateOfMind` is looked at. The parser expands no
 * entity but the five of XML, loads nothing, and refuses a text beyond 64 KiB.
 */
async function* xmlRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<Row | Refusal, void, undefined> {
  const decoder = new TextDecoder()
  // It must count positions: by them it finds what is too long.
  const parser = new sax.SAXParser(true, { position: true })
  let number = 0
  let rows: (Row | Refusal)[] = []
  let [depth, attributes, characters] = [0, 0, 0]
  let failed: Error | undefined
  parser.onattribute = ({ name, value }) => {
    characters += name.length + value.length
    if (++attributes > maxAttributes || characters > maxAttributeCharacters) failed ??= new Error('too many attributes')
  }
  parser.onopentag = tag => {
    attributes = characters = 0
    if (++depth > maxDepth) failed ??= new Error('too deep')
    if (tag.name === 'StateOfMind' && !failed) rows.push(rowOf(++number, () => stateOfMind(tag)))
  }
  parser.onclosetag = () => depth--
  parser.onerror = error => {
    failed ??= error
  }
  const cut = (reason: string): Refusal => ({ line: number + 1, reason })
  const read = function* (text: string) {
    // In small pieces: what a chunk expands to is as large as it likes.
    for (let start = 0; start < text.length && !failed; start += 16_384) {
      parser.write(text.slice(start, start + 16_384))
      yield* rows
      rows = []
    }
  }
  try {
    for await (const chunk of bytes) {
      yield* read(decoder.decode(chunk, { stream: true }))
      if (failed) return yield cut('the file is not well-formed XML from here on')
    }
    yield* read(decoder.decode())
  } catch (error) {
    // An archive that breaks in the middle is a file that is cut off there.
    if (!(error instanceof ApiError) || error.code !== 'unreadable_file' || number === 0) throw error
    return yield cut('the archive is broken or cut off here')
  }
  if (failed || depth > 0) yield cut('the file is cut off here')
  else if (number === 0) throw new ApiError('unreadable_file', 'The file has no StateOfMind.')
}

/** @throws {RefusedRow} */
function stateOfMind({ attributes }: sax.Tag | sax.QualifiedTag): Fields {
  const said = attributes as Record<string, string>
  const at = (...names: string[]) => names.map(name => said[name]).find(text => text !== undefined)
  for (const text of Object.values(said)) {
    if (text.includes('\ufffd')) throw new RefusedRow('the row is not in UTF-8')
  }
  const start = at('startDate', 'date', 'start')
  const valence = at('valence')
  if (start === undefined) throw new RefusedRow('the state of mind has no startDate')
  if (valence === undefined) throw new RefusedRow('the state of mind has no valence')
  const listed = (text = '') =>
    text
      .split(',')
      .map(word => storable(word.trim()))
      .filter(word => word !== '')
  return {
    ...momentOf(start, at('kind')),
    valence: readValence(readDecimal(valence)),
    note: null,
    tags: [...listed(at('labels', 'label')), ...listed(at('associations', 'association'))],
  }
}

/** @throws {RefusedRow} */
function autoExported({ value, broken }: JsonItem): Fields {
  if (broken !== undefined) throw new RefusedRow(broken)
  if (!isRecord(value)) throw new RefusedRow('the state of mind is not an object')
  const { start = value.date, valence, kind } = value
  if (typeof start !== 'string') throw new RefusedRow('the state of mind has no start')
  if (typeof valence !== 'number') throw new RefusedRow('the state of mind has no valence')
  return {
    ...momentOf(start, typeof kind === 'string' ? kind : undefined),
    // Not the word beside it, which is of one language.
    valence: readValence(valence),
    note: textIn(value, 'note'),
    tags: [...textsIn(value, 'labels'), ...textsIn(value, 'associations')],
  }
}

/** A mood of the whole day has a day and no instant. */
function momentOf(text: string, kind = ''): Pick<Fields, 'day' | 'instant'> {
  const instant = readInstant(text)
  const isDaily = kind
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .includes('daily')
  if (!isDaily) return { instant }
  return { day: instant.wall?.day ?? utcDay(instant.ms) }
}

/**
 * `2026-09-08 21:30:00 -0400`, or RFC 3339.
 * @throws {RefusedRow}
 */
function readInstant(text: string): WrittenInstant {
  const written = text.trim().replace(/^(\S+) (\S+) ([+-]\d\d):?(\d\d)$/, '$1T$2$3:$4')
  const instant = parseInstant(written)
  if (!instant) throw new RefusedRow(`${quoted(text)} is not an instant with its UTC offset`)
  return instant
}
