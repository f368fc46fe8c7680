import type { UserId } from '../ids.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { ThingBatches } from './thing-batches.ts'

/** How many more things a user can have, and how many bytes they may take. */
export interface Room {
  things: number
  bytes: number
}

/** Of somebody who is gone. */
export const noRoom: Room = { things: 0, bytes: 0 }

/** The quota of an import: how many of its things there is room for, in their order. */
export function importRoom<New>(quotas: Quotas, { counted, bytesOf }: Pick<ThingBatches<New>, 'counted' | 'bytesOf'>) {
  return {
    /** What the user has room for now. */
    async of(userId: UserId): Promise<Room> {
      const room = await quotas.room(userId, [counted, 'bytes'])
      return room ? { things: room[counted], bytes: room.bytes } : noRoom
    },

    /** The first rows, as many as there is room for. */
    fitting<R extends { thing: New }>(rows: readonly R[], { things, bytes }: Room): readonly R[] {
      const maxThings = Math.max(0, things)
      let left = bytes
      const end = rows.slice(0, maxThings).findIndex(({ thing }) => {
        left -= bytesOf(thing)
        return left < 0
      })
      return rows.slice(0, end < 0 ? maxThings : end)
    },

    /** What is left when some rows are written. */
    without: (rows: readonly { thing: New }[], { things, bytes }: Room): Room => ({
      things: things - rows.length,
      bytes: rows.reduce((left, { thing }) => left - bytesOf(thing), bytes),
    }),

    /**
     * Why the next row does not fit.
     * @param left things that there would be room for, if they took no bytes.
     */
    reasonFor: (left: number): string => quotas.sentenceOf(left <= 0 ? counted : 'bytes'),
  }
}
