import { History, NotebookPen, Search, Trash2 } from 'lucide'
import { useMemo, useState } from 'preact/hooks'
import { type Entry, today } from '../../days.ts'
import { entries, filled } from '../../device.ts'
import { fullDay, relativeDay, sentence } from '../../format.ts'
import { tags } from '../../tags.ts'
import { app, moods, entries as texts, wordOf } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { EditableEntry } from '../../ui/editable-entry.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Field } from '../../ui/field.tsx'
import { useHeld, withHeld } from '../../ui/held.ts'
import { Icon } from '../../ui/icon.tsx'
import { MoodDecisions } from '../../ui/mood-decisions.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { type Filter, isFiltering, matching } from './filtering.ts'
import { LongList } from './long-list.tsx'
import { Versions } from './versions.tsx'

/** All entries, by day, the latest first: to search, to filter, to edit in place. */
export function EntryList() {
  const [filter, change] = useState<Filter>({ words: '' })
  const [editing, edit] = useHeld()
  const [looking, lookAt] = useState<Entry>()
  const all = entries.value
  const matches = useMemo(() => matching(all, filter), [all, filter])
  const found = useMemo(() => withHeld(matches, editing), [matches, editing])
  const isNarrowed = isFiltering(filter)

  return (
    <Page
      title={texts.title}
      actions={
        <a class="button button-plain" href="/app/entries/trash">
          <Icon of={Trash2} /> {texts.trash}
        </a>
      }
    >
      <MoodDecisions
        onEdit={id => {
          change({ words: '' })
          edit(id)
        }}
      />
      {(all.length > 0 || isNarrowed) && (
        <search class="entries-search">
          <Field
            label={texts.search}
            labelHidden
            type="search"
            placeholder={texts.search}
            value={filter.words}
            enterkeyhint="search"
            onInput={event => change({ ...filter, words: event.currentTarget.value })}
            end={
              <span class="entries-glass">
                <Icon of={Search} />
              </span>
            }
          />
          <div class="entries-filters">
            <Choice
              label={texts.mood}
              value={filter.step === undefined ? '' : String(filter.step)}
              options={[['', texts.anyMood], ...moods.map((word, i) => [String(i + 1), word] as const).reverse()]}
              onChoose={step => change({ ...filter, step: step === '' ? undefined : Number(step) })}
            />
            {tags.value.length > 0 && (
              <Choice
                label={texts.tag}
                value={filter.tag ?? ''}
                options={[
                  ['', texts.anyTag],
                  ...tags.value.map(({ key, name, uses }) => [key, texts.tagUsed(name, uses)] as const),
                ]}
                onChoose={tag => change({ ...filter, tag: tag || undefined })}
              />
            )}
            <p class="entries-count" role="status">
              {isNarrowed ? texts.foundOf(matches.length, all.length) : texts.found(all.length)}
            </p>
            {isNarrowed && (
              <Button look="plain" onClick={() => change({ words: '' })}>
                {texts.clear}
              </Button>
            )}
          </div>
        </search>
      )}
      {all.length === 0 && found.length === 0 && !filled.value && <Skeleton lines={5} />}
      {all.length === 0 && found.length === 0 && filled.value && (
        <EmptyState icon={NotebookPen} title={texts.none}>
          <p>{texts.noneWhy}</p>
          <a class="button button-primary" href="/app/">
            {app.toToday}
          </a>
        </EmptyState>
      )}
      {all.length > 0 && found.length === 0 && (
        <EmptyState icon={Search} title={texts.notFound}>
          <p>{texts.notFoundWhy}</p>
        </EmptyState>
      )}
      {found.length > 0 && (
        <LongList
          label={texts.list}
          items={found}
          keyOf={entry => entry.id}
          estimate={(entry, row) => estimateOf(entry, isFirstOfDay(found, row))}
          pinned={editing?.id}
          render={(entry, row) => (
            <>
              {isFirstOfDay(found, row) && <DayName date={entry.value.date} />}
              <div class="entries-row">
                <EditableEntry
                  entry={entry}
                  isEdited={editing?.id === entry.id}
                  onEdit={() => edit(entry.id)}
                  onDone={() => edit(undefined)}
                  actions={
                    entry.value.revision > 1 && (
                      <Button look="plain" icon={History} iconOnly onClick={() => lookAt(entry)}>
                        {texts.historyOf(nameOf(entry))}
                      </Button>
                    )
                  }
                />
              </div>
            </>
          )}
        />
      )}
      {looking && <Versions entry={looking} onClose={() => lookAt(undefined)} />}
    </Page>
  )
}

interface ChoiceProps {
  label: string
  value: string
  options: readonly (readonly [value: string, name: string])[]
  onChoose: (value: string) => void
}

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <select
      class="entries-choice"
      aria-label={label}
      value={value}
      data-chosen={value !== '' || undefined}
      onChange={event => onChoose(event.currentTarget.value)}
    >
      {options.map(([option, name]) => (
        <option key={option} value={option}>
          {name}
        </option>
      ))}
    </select>
  )
}

const isFirstOfDay = (found: readonly Entry[], row: number) => found[row]?.value.date !== found[row - 1]?.value.date

const nameOf = ({ value }: Entry) => (typeof value.mood === 'number' ? wordOf(value.valence) : value.mood)

function DayName({ date }: { date: string }) {
  const near = relativeDay(date, today.value)
  return <h2 class="entries-day">{/\d/.test(near) ? fullDay(date) : sentence(near)}</h2>
}

/** In px, for a phone; what is shown is measured. */
function estimateOf({ value }: Entry, isFirst: boolean): number {
  const lines = value.note ? Math.ceil(value.note.length / 34) : 0
  return 56 + (isFirst ? 44 : 0) + lines * 24 + (value.tags.length > 0 ? 30 : 0)
}
