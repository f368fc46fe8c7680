import { CalendarDays, X } from 'lucide'
import { useId } from 'preact/hooks'
import { addDays } from '../../format.ts'
import { tasks as texts } from '../../texts.ts'
import { Icon } from '../../ui/icon.tsx'
import { nextMonday } from './next-monday.ts'

interface Props {
  today: string
  value: string | null
  onChange: (day: string | null) => void
}

/** When a task is due: the usual days by one tap, any other from the browser's calendar. */
export function DueChoice({ today, value, onChange }: Props) {
  const id = useId()
  const usual = [
    { day: today, label: texts.today },
    { day: addDays(today, 1), label: texts.tomorrow },
    { day: nextMonday(today), label: texts.nextWeek },
  ]
  const isOther = value !== null && usual.every(({ day }) => day !== value)
  return (
    <fieldset class="tasks-due">
      <legend class="visually-hidden">{texts.due}</legend>
      {usual.map(({ day, label }) => (
        <button
          type="button"
          class="chip"
          key={label}
          aria-pressed={value === day}
          onClick={() => onChange(value === day ? null : day)}
        >
          {label}
        </button>
      ))}
      <span class="chip tasks-date" data-chosen={isOther || undefined}>
        <Icon of={CalendarDays} />
        <label for={id} class="visually-hidden">
          {texts.due}
        </label>
        <input
          id={id}
          type="date"
          value={value ?? ''}
          onChange={event => onChange(event.currentTarget.value || null)}
        />
      </span>
      {value !== null && (
        <button type="button" class="chip" onClick={() => onChange(null)}>
          <Icon of={X} /> {texts.noDate}
        </button>
      )}
    </fieldset>
  )
}
