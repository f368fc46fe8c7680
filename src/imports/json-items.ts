import { isUtf8 } from 'node:buffer'
import { ApiError } from '../errors.ts'

/** One element of an array, or one value, of a JSON file. */
export interface JsonItem {
  /** Where it stands: the keys from the root, with points between. */
  path: string
  /** Its number within the array, from 1; 0 for what is no element. */
  number: number
  value?: unknown
  /** Set where it cannot be read. */
  broken?: string
}

/** Longer elements are no entries of a diary. */
const maxItemBytes = 256 * 1024
/** Where elements are looked for; what lies deeper is only counted. */
const maxPathDepth = 4

const [quote, backslash, openObject, closeObject, openArray, closeArray, comma, colon] = [...'"\\{}[],:'].map(c =>
  c.charCodeAt(0),
)

interface Container {
  path: string
  isArray: boolean
  /** The key of the value that comes next. */
  key: string
  elements: number
}

/**
 * The elements of some arrays of a JSON file, and single values, each parsed by itself: so a broken element spoils no other
 * one, and none of the rest is kept, however large it is. What lies elsewhere is not checked.
 * @param wanted paths from the root: `moods`, or `` for a root that is an array.
 * @param list the path of an array without which the file is none of its format.
 * @throws {ApiError} `unreadable_file` for what begins as no object or array does, and for what is whole and has no such
 *   list.
 */
export async function* jsonItems(
  bytes: AsyncIterable<Buffer>,
  wanted: (path: string) => boolean,
  list?: string,
): AsyncGenerator<JsonItem, void, undefined> {
  const containers: Container[] = []
  /** Of all brackets, also deeper than `containers`. */
  let depth = 0
  let inString = false
  let escaped = false
  /** The value that is being taken: where it stands, at which depth it ends, and what of it has come. */
  let item: { path: string; number: number; depth: number; parts: Buffer[]; bytes: number } | undefined
  /** The key that is being read. */
  let keyParts: Buffer[] | undefined
  let expectsKey = false
  /** The number of the last element. */
  let last = 0
  let hasList = list === undefined

  for await (const chunk of bytes) {
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number
      if (inString) {
        if (escaped) escaped = false
        else if (byte === backslash) escaped = true
        else if (byte === quote) {
          inString = false
          if (keyParts) {
            keyParts.push(chunk.subarray(start, i))
            const container = containers.at(-1) as Container
            container.key = keyOf(Buffer.concat(keyParts))
            keyParts = undefined
          }
        }
        continue
      }
      if (byte <= 0x20) continue
      if (depth === 0 && byte !== openObject && byte !== openArray)
        throw new ApiError('unreadable_file', 'The file is not JSON.')
      const container = depth === containers.length ? containers.at(-1) : undefined
      if (byte === comma || byte === closeObject || byte === closeArray) {
        if (item && item.depth === depth) {
          take(chunk.subarray(start, i))
          yield finished()
        }
        if (byte === comma) {
          if (container) expectsKey = !container.isArray
          continue
        }
        if (depth === containers.length) containers.pop()
        depth--
        if (depth === 0) {
          if (!hasList) throw new ApiError('unreadable_file', missing(list as string))
          return
        }
        continue
      }
      if (byte === colon && !item) {
        expectsKey = false
        continue
      }
      if (byte === quote && container && expectsKey && !item) {
        inString = true
        keyParts = []
        start = i + 1
        continue
      }
      // The beginning of a value.
      if (!item && container && !expectsKey) {
        const path = container.isArray ? container.path : pathOf(container)
        if (container.isArray) container.elements++
        const isContainer = byte === openObject || byte === openArray
        // What should be a list and is none is missing.
        if (wanted(path) && (container.isArray || (byte !== openArray && path !== list))) {
          item = { path, number: container.isArray ? container.elements : 0, depth, parts: [], bytes: 0 }
          start = i
        } else if (isContainer && depth < maxPathDepth) {
          push(path, byte === openArray)
          continue
        }
      } else if (depth === 0) {
        push('', byte === openArray)
        continue
      }
      if (byte === quote) inString = true
      else if (byte === openObject || byte === openArray) depth++
    }
    if (keyParts) keyParts.push(chunk.subarray(start))
    if (item) {
      take(chunk.subarray(start))
      if (item.bytes > maxItemBytes) {
        yield { path: item.path, number: item.number, broken: `the record is longer than ${maxItemBytes / 1024} KiB` }
        return
      }
    }
  }
  // It ends before its brackets do.
  if (item) yield { path: item.path, number: item.number, broken: 'the file is cut off here' }
  else if (depth > 0) yield { path: '', number: last + 1, broken: 'the file is cut off here' }

  function push(path: string, isArray: boolean) {
    if (isArray && path === list) hasList = true
    containers.push({ path, isArray, key: '', elements: 0 })
    depth++
    expectsKey = !isArray
  }

  function take(part: Buffer) {
    item?.parts.push(part)
    if (item) item.bytes += part.length
  }

  function finished(): JsonItem {
    const { path, number, parts } = item as NonNullable<typeof item>
    item = undefined
    last = number
    return parsed(path, number, Buffer.concat(parts))
  }
}

const missing = (list: string) =>
  list === '' ? 'The file is not a JSON array.' : `The file has no list named ${list}.`

const pathOf = ({ path, key }: Container) => (path === '' ? key : `${path}.${key}`)

function keyOf(bytes: Buffer): string {
  try {
    return String(JSON.parse(`"${bytes}"`))
  } catch {
    return ''
  }
}

function parsed(path: string, number: number, bytes: Buffer): JsonItem {
  if (!isUtf8(bytes)) return { path, number, broken: 'the record is not in UTF-8' }
  try {
    return { path, number, value: JSON.parse(bytes.toString()) }
  } catch {
    return { path, number, broken: 'the record is not valid JSON' }
  }
}
