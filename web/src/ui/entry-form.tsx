import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ApiProblem } from '../../../client/src/problem.ts'
import type { MoodInput } from '../../../client/src/sync/entry.ts'
import { same } from '../../../client/src/sync/records.ts'
import { type Entry, today } from '../days.ts'
import { entries, settings } from '../device.ts'
import { bringBackEntry, changeEntry, localInstant, logEntry } from '../entry-writes.ts'
import { addDays } from '../format.ts'
import { app, moodEntry as texts } from '../texts.ts'
import { Button } from './button.tsx'
import { DeletedMeanwhile } from './deleted-meanwhile.tsx'
import { Field, TextArea } from './field.tsx'
import { MoodPicker } from './mood-picker.tsx'
import { Notice } from './notice.tsx'
import { TagsField } from './tags-field.tsx'

interface Props {
  /** The entry to edit; a new one without. */
  entry?: Entry
  /** The day of a new one, and its mood if it is chosen already. */
  date?: string
  mood?: number
  onDone: () => void
  onCancel?: () => void
}

const maxNoteLength = 10_000

/** All of an entry: mood, note, tags, day and time. */
export function EntryForm({ entry, date, mood: chosen, onDone, onCancel = onDone }: Props) {
  // Others may change it meanwhile.
  const [before] = useState(entry?.value)
  const zone = before?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const timeBefore = before?.occurred_at ? clockTime(before.occurred_at, zone) : ''
  const [mood, pick] = useState<number | string | undefined>(before?.mood ?? chosen)
  const [note, write] = useState(before?.note ?? '')
  const [tags, tag] = useState<readonly string[]>(before?.tags ?? [])
  const [day, move] = useState(before?.date ?? date ?? today.value)
  const [time, set] = useState(timeBefore)
  const [wrong, complain] = useState<readonly string[]>([])
  const isGone = entry !== undefined && entries.value.every(({ id }) => id !== entry.id)

  const form = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => {
    form.current?.scrollIntoView({ block: 'nearest' })
    // The button that opened it is gone where it stands in its place.
    if (document.activeElement !== document.body) return
    form.current?.querySelector<HTMLElement>('[aria-pressed="true"], button, input')?.focus({ preventScroll: true })
  }, [])

  async function save() {
    if (mood === undefined) return complain([texts.moodMissing])
    const text = note.trim() === '' ? null : note
    const input: MoodInput = { mood, note: text, tags }
    if (before) forgetSame(input, before)
    const isMoved = day !== (before?.date ?? undefined)
    if (isMoved) input.date = day
    if (time !== timeBefore || (isMoved && time !== '')) {
      input.occurred_at = time === '' ? null : localInstant(nightOf(day, time), time, zone)
      input.date = day
    }
    try {
      if (entry && before && isGone) await bringBackEntry(entry.id, input, before)
      else if (entry) await changeEntry(entry.id, input, before)
      else await logEntry(input)
      onDone()
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      complain(error.errors)
    }
  }

  return (
    <form
      ref={form}
      class="entry-form"
      data-unsaved
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void save()
      }}
      onKeyDown={event => {
        if (event.key === 'Escape' && onCancel) {
          event.preventDefault()
          event.stopPropagation()
          onCancel()
        }
      }}
    >
      <MoodPicker label={texts.mood} scale={settings.value.mood_scale} value={mood} onPick={pick} />
      {typeof mood === 'string' && (
        <p>
          <span class="chip">{mood}</span>
        </p>
      )}
      <TextArea
        label={texts.note}
        value={note}
        maxLength={maxNoteLength}
        onInput={event => write(event.currentTarget.value)}
      />
      <TagsField value={tags} onChange={tag} />
      <div class="entry-when">
        <Field
          label={texts.day}
          type="date"
          value={day}
          max={today.value}
          required
          onInput={event => event.currentTarget.value && move(event.currentTarget.value)}
        />
        <Field label={texts.time} type="time" value={time} onInput={event => set(event.currentTarget.value)} />
      </div>
      {wrong.length > 0 && <Notice tone="danger">{wrong.join(' ')}</Notice>}
      {isGone ? (
        <DeletedMeanwhile onDiscard={onDone} />
      ) : (
        <div class="entry-form-actions">
          <Button onClick={onCancel}>{app.cancel}</Button>
          <Button look="primary" type="submit">
            {entry ? app.save : texts.log}
          </Button>
        </div>
      )}
    </form>
  )
}

/** Leaves what the person did not change as it is by now. */
function forgetSame(input: Partial<MoodInput>, before: Entry['value']): void {
  for (const name of ['mood', 'note', 'tags'] as const) if (same(input[name], before[name])) delete input[name]
}

/** `21:15` in a zone, as a field for times takes it. */
function clockTime(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone })
  return format.format(new Date(instant))
}

/** The date on the calendar of a time of a person's day: before their day starts it is the next one's night. */
function nightOf(day: string, time: string): string {
  return Number(time.slice(0, 2)) < settings.value.day_starts_at ? addDays(day, 1) : day
}
