import { ChevronLeft, ChevronRight } from 'lucide'
import { useState } from 'preact/hooks'
import { ApiProblem } from '../../../../client/src/problem.ts'
import { days, today } from '../../days.ts'
import { settings } from '../../device.ts'
import { logEntry } from '../../entry-writes.ts'
import { addDays, fullDay } from '../../format.ts'
import { year as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EditableEntry } from '../../ui/editable-entry.tsx'
import { EntryForm } from '../../ui/entry-form.tsx'
import { useHeld, withHeld } from '../../ui/held.ts'
import { MoodPicker } from '../../ui/mood-picker.tsx'
import { Notice } from '../../ui/notice.tsx'

interface Props {
  date: string
  onMove: (date: string) => void
  onClose: () => void
}

/** The entries of a day, to edit and to add to; a tap logs for a day that has none. */
export function DayDialog({ date, onMove, onClose }: Props) {
  const isToday = date === today.value
  return (
    <Dialog
      title={fullDay(date)}
      onClose={onClose}
      actions={
        <div class="year-days">
          <Button look="plain" icon={ChevronLeft} onClick={() => onMove(addDays(date, -1))}>
            {texts.dayBefore}
          </Button>
          <Button look="plain" icon={ChevronRight} disabled={isToday} onClick={() => onMove(addDays(date, 1))}>
            {texts.dayAfter}
          </Button>
        </div>
      }
    >
      <Day key={date} date={date} />
    </Dialog>
  )
}

function Day({ date }: { date: string }) {
  const [editing, edit] = useHeld()
  const [isAdding, add] = useState(false)
  const [wrong, complain] = useState('')
  const latestFirst = [...(days.value.get(date)?.entries ?? [])].reverse()
  const entries = [...withHeld(latestFirst, editing)].reverse()
  const isToday = date === today.value
  const log = (mood: number) =>
    logEntry(isToday ? { mood } : { mood, date }).catch(error => {
      if (!(error instanceof ApiProblem)) throw error
      complain(error.errors.join(' '))
    })
  return (
    <div class="year-day">
      {entries.length > 0 && (
        <ul class="year-entries">
          {entries.map(entry => (
            <li key={entry.id}>
              <EditableEntry
                entry={entry}
                isEdited={editing?.id === entry.id}
                onEdit={() => {
                  add(false)
                  edit(entry.id)
                }}
                onDone={() => edit(undefined)}
              />
            </li>
          ))}
        </ul>
      )}
      {isAdding && <EntryForm date={date} onDone={() => add(false)} />}
      {editing === undefined && !isAdding && (
        <>
          <MoodPicker
            label={entries.length > 0 ? texts.another : isToday ? texts.now : texts.earlier}
            scale={settings.value.mood_scale}
            onPick={log}
          />
          <p class="year-more">
            <Button look="plain" onClick={() => add(true)}>
              {texts.withMore}
            </Button>
          </p>
        </>
      )}
      {wrong && <Notice tone="danger">{wrong}</Notice>}
    </div>
  )
}
