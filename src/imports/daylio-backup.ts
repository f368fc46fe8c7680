import { createDeflateRaw, createInflateRaw } from 'node:zlib'
import { ApiError } from '../errors.ts'
import { ByteReader } from './bytes.ts'
import { dayFrom, readTime } from './dates.ts'
import { type JsonItem, jsonItems } from './json-items.ts'
import { isRecord, textIn } from './json-values.ts'
import { maxHeldBytes } from './limits.ts'
import { type Fields, type ReadRows, RefusedRow, rowOf, type Source } from './row.ts'
import { noteOf, textOrNull } from './texts.ts'
import { zipMember } from './zip.ts'

/** Daylio's backup, and its name in the archive. */
export const isBackup = (name: string) => name.replace(/^\/+/, '') === 'backup.daylio'

/** The words of the moods that Daylio comes with, by `predefined_name_id`; they have no name of their own. */
const predefined = ['rad', 'good', 'meh', 'bad', 'awful']

/** Of moods, by the id that entries name them by. */
interface Mood {
  word: string
  valence: number
}

/**
 * Daylio's backup: a ZIP with `backup.daylio`, which is base64 of JSON. An entry refers to moods, tags and scales, which may
 * stand behind it: so the JSON is read twice, and held compressed in between.
 */
export async function* daylioBackup({ bytes }: Source, maxHeld = maxHeldBytes): ReturnType<ReadRows> {
  const member = await zipMember(bytes, isBackup)
  if (!member) throw new ApiError('unreadable_file', 'The archive has no backup.daylio.')
  const held: Buffer[] = []
  const moods = new Map<number, Mood>()
  const tags = new Map<number, string>()
  const scales = new Map<number, Scale>()
  const json = new ByteReader(keeping(decoded(member.content), held, maxHeld))
  for await (const { path, value } of jsonItems(json.rest(), path => path in gathered)) {
    if (isRecord(value) && typeof value.id === 'number')
      gathered[path as keyof typeof gathered](value as Item, { moods, tags, scales })
  }
  // To its end: it is whole only then.
  for await (const _ of json.rest());
  for await (const item of jsonItems(again(held), path => path === 'dayEntries', 'dayEntries'))
    yield rowOf(item.number, () => entryOf(item, { moods, tags, scales }))
}

interface Item extends Record<string, unknown> {
  id: number
}

interface Scale {
  name: string
  words: Map<number, string>
}

interface Gathered {
  moods: Map<number, Mood>
  tags: Map<number, string>
  scales: Map<number, Scale>
}

/** The lists that entries refer to. */
const gathered = {
  customMoods(item: Item, { moods }: Gathered) {
    const group = Number(item.mood_group_id)
    const word = textIn(item, 'custom_name') ?? predefined[Number(item.predefined_name_id) - 1] ?? predefined[group - 1]
    if (word !== undefined && group >= 1 && group <= 5) moods.set(item.id, { word, valence: (3 - group) / 2 })
  },
  tags(item: Item, { tags }: Gathered) {
    const name = textIn(item, 'name')
    if (name !== null) tags.set(item.id, name)
  },
  scales(item: Item, { scales }: Gathered) {
    const name = textIn(item, 'name')
    const words = isRecord(item.text_scale) && Array.isArray(item.text_scale.values) ? item.text_scale.values : []
    const named = words.flatMap((word): [number, string][] => {
      const text = isRecord(word) ? textIn(word, 'value') : null
      return text === null ? [] : [[Number(word.id), text]]
    })
    if (name !== null) scales.set(item.id, { name, words: new Map(named) })
  },
} as const

/** @throws {RefusedRow} */
function entryOf({ value, broken }: JsonItem, { moods, tags, scales }: Gathered): Fields {
  if (broken !== undefined) throw new RefusedRow(broken)
  if (!isRecord(value)) throw new RefusedRow('the entry is not an object')
  const mood = moods.get(Number(value.mood))
  if (!mood) throw new RefusedRow('the backup has no mood with the id that the entry names')
  const [year, month, date, hour, minute] = ['year', 'month', 'day', 'hour', 'minute'].map(key => value[key])
  // Months are counted from 0.
  const day = isNumber(year) && isNumber(month) && isNumber(date) ? dayFrom(year, month + 1, date) : undefined
  if (day === undefined) throw new RefusedRow('the date does not exist')
  // Where the time is unknown, backups that other tools wrote have -1.
  const isTimed = isNumber(hour) && isNumber(minute) && hour >= 0 && minute >= 0
  const time = isTimed ? readTime(`${hour}:${String(minute).padStart(2, '0')}`) : undefined
  return {
    day,
    ...momentOf(value, time),
    mood: mood.word,
    valence: mood.valence,
    note: noteOf(textIn(value, 'note_title'), textIn(value, 'note')),
    tags: [...listIn(value, 'tags').flatMap(id => tags.get(Number(id)) ?? []), ...scalesOf(value, scales)],
  }
}

/** The instant, where the entry has one that its local time agrees with; else the local time alone. */
function momentOf(value: Record<string, unknown>, time: string | undefined): Pick<Fields, 'time' | 'instant'> {
  const { datetime, timeZoneOffset: offset } = value
  if (!isNumber(datetime) || !isNumber(offset) || Math.abs(offset) > 14 * 3_600_000 || offset % 60_000 !== 0)
    return { time }
  const local = new Date(datetime + offset)
  if (Number.isNaN(local.getTime()) || (time !== undefined && local.toISOString().slice(11, 16) !== time))
    return { time }
  const minutes = Math.abs(offset) / 60_000
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60].map(part => String(part).padStart(2, '0'))
  const zone = `${offset < 0 ? '-' : '+'}${hours}:${rest}`
  return { instant: { ms: datetime, wall: undefined, offset: zone, timezone: undefined } }
}

function scalesOf(value: Record<string, unknown>, scales: Gathered['scales']): string[] {
  return listIn(value, 'scaleValues').flatMap(said => {
    const scale = isRecord(said) ? scales.get(Number(said.id_scale)) : undefined
    if (!scale || !isRecord(said)) return []
    const word =
      scale.words.get(Number(said.id_text_scale_value)) ?? textOrNull(String(said.value ?? said.number_value ?? ''))
    return word === null ? [] : [`${scale.name}: ${word}`]
  })
}

const listIn = (value: Record<string, unknown>, key: string): unknown[] => (Array.isArray(value[key]) ? value[key] : [])
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value)

/** Base64 in lines of any length; JSON that is none, as it is. */
async function* decoded(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let isJson: boolean | undefined
  let left = ''
  for await (const part of content) {
    const text = part.toString('latin1')
    isJson ??= /^\s*\{/.test(text)
    if (isJson) {
      yield part
      continue
    }
    const characters = left + text.replace(/\s+/g, '')
    const whole = characters.length - (characters.length % 4)
    left = characters.slice(whole)
    yield base64(characters.slice(0, whole))
  }
  if (left !== '') yield base64(left)
}

function base64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new ApiError('unreadable_file', 'backup.daylio is not base64.')
  return Buffer.from(text, 'base64')
}

/** The same bytes, and what they are compressed to. */
async function* keeping(
  bytes: AsyncIterable<Buffer>,
  held: Buffer[],
  maxHeld: number,
): AsyncGenerator<Buffer, void, undefined> {
  const deflate = createDeflateRaw({ level: 1 })
  let size = 0
  deflate.on('data', (part: Buffer) => {
    size += part.length
    held.push(part)
  })
  for await (const part of bytes) {
    await new Promise<void>(resolve => deflate.write(part, () => resolve()))
    if (size > maxHeld)
      throw new ApiError(
        'body_too_large',
        `backup.daylio is too large (at most ${maxHeld / 1024 ** 2} MiB compressed).`,
      )
    yield part
  }
  const ended = new Promise(resolve => deflate.once('end', resolve))
  deflate.end()
  await ended
}

async function* again(held: readonly Buffer[]): AsyncGenerator<Buffer, void, undefined> {
  const inflate = createInflateRaw()
  void (async () => {
    for (const part of held) await new Promise<void>(resolve => inflate.write(part, () => resolve()))
    inflate.end()
  })()
  yield* inflate
}
