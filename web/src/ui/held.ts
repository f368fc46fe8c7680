import { useState } from 'preact/hooks'
import { latestFirst } from '../../../client/src/sync/own-things.ts'
import type { Entry } from '../days.ts'
import { peek } from '../device.ts'

/**
 * The entry that is being edited, as it was when that began. Whatever becomes of it meanwhile, here or on another device,
 * its form stays where it is: what is typed in it must not go with it.
 */
export function useHeld(): [held: Entry | undefined, hold: (id: string | undefined) => void] {
  const [held, keep] = useState<Entry>()
  return [held, id => keep(id === undefined ? undefined : peek(engine => engine.moods.get(id)))]
}

/**
 * A list with the entry that is being edited, in the place that it had.
 * @param list the latest first.
 */
export function withHeld(list: readonly Entry[], held: Entry | undefined): readonly Entry[] {
  if (!held) return list
  const others = list.filter(({ id }) => id !== held.id)
  const before = others.filter(one => latestFirst(one, held) < 0)
  return [...before, held, ...others.slice(before.length)]
}
