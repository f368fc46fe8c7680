import type { MoodInput } from '../../client/src/sync/entry.ts'
import type { Entry } from './days.ts'
import { write } from './device.ts'
import { dayAndMonth } from './format.ts'
import { moodEntry as texts } from './texts.ts'
import { toast } from './ui/toast.tsx'

/** Writes of entries that can be taken back; each resolves when it is on the device. */

/** @throws {ApiProblem} with sentences for people. */
export async function logEntry(input: MoodInput): Promise<void> {
  const { id, value } = await write(engine => engine.moods.log(input))
  toast(input.date === undefined ? texts.logged : texts.loggedFor(dayAndMonth(value.date)), () =>
    write(engine => engine.moods.delete(id)),
  )
}

export async function deleteEntry(id: string): Promise<void> {
  await write(engine => engine.moods.delete(id))
  toast(texts.deleted, () => write(engine => engine.moods.restore(id)))
}

/**
 * @param seen the entry as it was when the person began; see the engine.
 * @throws {ApiProblem} with sentences for people.
 */
export async function changeEntry(id: string, changes: Partial<MoodInput>, seen?: Entry['value']): Promise<void> {
  await write(engine => engine.moods.update(id, changes, seen))
}

/** As `changeEntry`, of one that has been deleted since: it comes back. */
export async function bringBackEntry(id: string, changes: Partial<MoodInput>, seen: Entry['value']): Promise<void> {
  await write(async engine => {
    await engine.moods.restore(id)
    await engine.moods.update(id, changes, seen)
  })
}

/** An instant in words that the client reads in a zone. */
export const localInstant = (date: string, time: string, zone: string) => `${date}T${time}:00[${zone}]`
