import { peek } from '../device.ts'
import { dayAndMonth, dayAndTime, list, number } from '../format.ts'
import { decisions as texts, wordOf } from '../texts.ts'
import { Decisions } from './decisions.tsx'
import { writtenText } from './gone-for-good.tsx'

/** What the person has to decide about entries. */
export function MoodDecisions({ onEdit }: { onEdit: (id: string) => void }) {
  const textOf = (id: string) => writtenText(id, 'note') ?? entryOf(id)?.note
  return <Decisions kind="mood" nameOf={nameOf} textOf={textOf} shown={shown} onEdit={onEdit} />
}

const entryOf = (id: string) => peek(engine => engine.moods.get(id))?.value

function nameOf(id: string): string {
  const value = entryOf(id)
  if (!value) return ''
  const mood = typeof value.mood === 'number' ? wordOf(value.valence) : value.mood
  return texts.entry(mood, dayAndMonth(value.date))
}

function shown(field: string, value: unknown): string {
  if (Array.isArray(value)) return list(value.map(String))
  if (typeof value === 'number') return number(value)
  if (field === 'date') return dayAndMonth(String(value))
  return field === 'occurred_at' ? dayAndTime(String(value)) : String(value)
}
