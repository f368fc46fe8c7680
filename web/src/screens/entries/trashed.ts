import { batch, signal } from '@preact/signals'
import type { MoodTrash } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import type { Entry } from '../../days.ts'
import { ownShelf, trashedEntries } from '../../device.ts'
import { passOver } from '../../failures.ts'

/** The trash as the server knows it; the device knows what was deleted while it looked on. */

export interface Trashed {
  entry: Entry
  /** When it is deleted for good; unknown until the server has heard of it. */
  purgesAt?: string
}

/** Whether it was deleted before the server heard of it, and is on this device alone. */
export const isLocal = ({ entry }: Trashed): boolean => entry.local === true

type ServerTrash = MoodTrash['moods']
const shelfName = 'entries/trash'
/** As last heard; undefined before. */
export const serverTrash = signal<ServerTrash | undefined>()
/** What the device still knows to be deleted and the server had no longer when it was asked: deleted for good. */
export const purged = signal<ReadonlySet<string>>(new Set())

/** Asks the server; without one, what it said last. */
export async function renewTrash(): Promise<void> {
  const shelf = ownShelf()
  // What is deleted while the server answers is not in its answer yet.
  const sent = trashedEntries.value.filter(({ pending }) => !pending).map(({ id }) => id)
  const keep = (moods: ServerTrash) => {
    const known = new Set(moods.map(({ id }) => id))
    batch(() => {
      serverTrash.value = moods
      purged.value = new Set(sent.filter(id => !known.has(id)))
    })
  }
  try {
    const moods: ServerTrash = []
    for (let page = 1, total = 1; moods.length < total; page++) {
      const answer = await client.moods.trash({ page, per_page: 100 })
      total = answer.total
      moods.push(...answer.moods)
      if (answer.moods.length === 0) break
    }
    keep(moods)
    await shelf?.put(shelfName, moods)
  } catch (error) {
    passOver(error)
    const last = serverTrash.value ? undefined : await shelf?.get<ServerTrash>(shelfName)
    if (last) keep(last)
  }
}

/**
 * What is in the trash: what the server has there and the device has not restored, and what the device has deleted since.
 * @param onDevice what the device knows to be deleted.
 * @param living the ids of what the device has.
 * @param purged the ids of what is deleted for good. What the server has never heard of is not.
 */
export function trashOf(
  server: ServerTrash | undefined,
  onDevice: readonly Entry[],
  living: ReadonlySet<string>,
  purged: ReadonlySet<string>,
): Trashed[] {
  const known = new Set(server?.map(({ id }) => id))
  const here = onDevice.filter(({ id, local }) => local || !(known.has(id) || purged.has(id)))
  const there = (server ?? []).filter(({ id }) => !living.has(id))
  return [
    ...here.map(entry => ({
      entry,
      ...(entry.expiresAt !== undefined && { purgesAt: new Date(entry.expiresAt).toISOString() }),
    })),
    ...there.map(({ deleted_at: _, purges_at, ...value }) => ({
      entry: { kind: 'mood', id: value.id, value, deleted: true, pending: false } as Entry,
      purgesAt: purges_at,
    })),
  ]
}
