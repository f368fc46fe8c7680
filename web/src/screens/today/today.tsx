import './today.css'
import { useState } from 'preact/hooks'
import { type Entry, today } from '../../days.ts'
import { entries, filled } from '../../device.ts'
import { fullDay } from '../../format.ts'
import { moodEntry, today as texts } from '../../texts.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { EditableEntry } from '../../ui/editable-entry.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { EntryForm } from '../../ui/entry-form.tsx'
import { useHeld, withHeld } from '../../ui/held.ts'
import { MoodDecisions } from '../../ui/mood-decisions.tsx'
import { Page } from '../../ui/page.tsx'
import { Healing } from './healing.tsx'
import { Log } from './log.tsx'
import { Streak } from './streak.tsx'

/** How are you? One tap answers it. */
export default function Today() {
  const [logged, setLogged] = useState<string>()
  const [edited, edit] = useHeld()
  const [isApart, setApart] = useState(false)
  const ofToday = entries.value.filter(({ id, value }) => value.date === today.value && id !== logged)
  const shown = isApart ? ofToday : withHeld(ofToday, edited)
  const editAnywhere = (id: string) => {
    setApart(shown.every(one => one.id !== id))
    edit(id)
  }
  return (
    <Page title={texts.title} actions={<time dateTime={today.value}>{fullDay(today.value)}</time>}>
      <Streak />
      <MoodDecisions onEdit={editAnywhere} />
      <Log logged={logged} onLogged={setLogged} />
      <Healing />
      {shown.length > 0 && (
        <TodayEntries
          shown={shown}
          edited={isApart ? undefined : edited?.id}
          onEdit={id => {
            setApart(false)
            edit(id)
          }}
        />
      )}
      {filled.value && entries.value.length === 0 && (
        <EmptyState title={texts.firstTitle}>
          <p>{texts.first}</p>
        </EmptyState>
      )}
      {edited && isApart && (
        <Dialog title={moodEntry.edit} onClose={() => edit(undefined)}>
          <EntryForm entry={edited} onDone={() => edit(undefined)} />
        </Dialog>
      )}
    </Page>
  )
}

interface ListProps {
  shown: readonly Entry[]
  /** The id of the one that is open. */
  edited: string | undefined
  onEdit: (id: string | undefined) => void
}

function TodayEntries({ shown, edited, onEdit }: ListProps) {
  return (
    <section class="today-entries">
      <h2>{texts.entries}</h2>
      <ul class="today-list">
        {shown.map(entry => (
          <li class="card" key={entry.id}>
            <EditableEntry
              entry={entry}
              isEdited={entry.id === edited}
              onEdit={() => onEdit(entry.id)}
              onDone={() => onEdit(undefined)}
            />
          </li>
        ))}
      </ul>
    </section>
  )
}
