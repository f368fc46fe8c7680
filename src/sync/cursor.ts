import { hash } from 'node:crypto'
import type { UserId } from '../ids.ts'
import { type SyncedKind, syncedKinds } from '../vocabulary.ts'

/**
 * The cursor of a device: what it knows of each kind. Opaque to it, and not secret: one that somebody made up shows them
 * nothing but their own things, so it is checked against accidents and not signed.
 */

/** A place in the changes of one kind: behind everything of a version up to an id. */
export interface Place {
  version: number
  /** Empty before all ids, `~` behind them. */
  id: string
}

/** What a device knows of a kind. */
export interface Position extends Place {
  /** The version at which the device began: it has nothing that was deleted up to then. */
  start: number
  /** Everything that changed before is known to the device, or is still to come; epoch s. */
  at: number
}

/** The positions of the kinds that a device has begun to read. */
export type Positions = Partial<Record<SyncedKind, Position>>

export interface Cursor {
  epoch: string
  userId: UserId
  positions: Positions
}

/** Before everything. */
export const beginning: Place = { version: 0, id: '' }

/** Behind everything of a version, and of those before. */
export const endOf = (version: number): Place => ({ version, id: behindAll })

const behindAll = '~'
/** The layout of the bytes. Another one is that of another release: start over. */
const format = 1
const uuidBytes = 16
const headBytes = 1 + 2 * uuidBytes
const sumBytes = 4
/** Of a kind: its number and what its id is, three numbers, and the id if it is one. */
const positionBytes = 1 + 3 * 4
const idForms = ['', behindAll] as const

export function writeCursor({ epoch, userId, positions }: Cursor): string {
  const parts: Buffer[] = [Buffer.from([format]), uuidIn(epoch), uuidIn(userId)]
  for (const [i, kind] of syncedKinds.entries()) {
    const position = positions[kind]
    if (!position) continue
    const { version, id, start, at } = position
    const form = idForms.indexOf(id as '')
    const numbers = Buffer.alloc(positionBytes)
    numbers.writeUInt8(i * 4 + (form === -1 ? idForms.length : form))
    for (const [place, value] of [version, start, at].entries()) numbers.writeUInt32BE(value, 1 + place * 4)
    parts.push(numbers, ...(form === -1 ? [uuidIn(id)] : []))
  }
  const bytes = Buffer.concat(parts)
  return Buffer.concat([bytes, sumOf(bytes)]).toString('base64url')
}

/**
 * What a text says that was a cursor once.
 * @returns `expired` for one of another release; undefined for what was never a cursor, made up ones included.
 */
export function readCursor(text: string): Cursor | 'expired' | undefined {
  const whole = Buffer.from(text, 'base64url')
  const bytes = whole.subarray(0, -sumBytes)
  if (whole.length <= sumBytes || !sumOf(bytes).equals(whole.subarray(-sumBytes))) return undefined
  if (bytes[0] !== format) return 'expired'
  const positions: Positions = {}
  let read = headBytes
  while (read < bytes.length) {
    if (bytes.length - read < positionBytes) return undefined
    const kind = bytes.readUInt8(read)
    const [version, start, at] = [1, 5, 9].map(place => bytes.readUInt32BE(read + place)) as [number, number, number]
    read += positionBytes
    let id: string | undefined = idForms[kind % 4]
    if (id === undefined) {
      id = uuidOf(bytes.subarray(read, read + uuidBytes))
      read += uuidBytes
    }
    positions[syncedKinds[Math.floor(kind / 4)] as SyncedKind] = { version, id, start, at }
  }
  const [epoch, userId] = [1, 1 + uuidBytes].map(from => bytes.subarray(from, from + uuidBytes)) as [Buffer, Buffer]
  return { epoch: epoch.toString('hex'), userId: uuidOf(userId) as UserId, positions }
}

const sumOf = (bytes: Buffer) => hash('sha256', bytes, 'buffer').subarray(0, sumBytes)

const uuidIn = (text: string) => Buffer.from(text.replaceAll('-', ''), 'hex')

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
