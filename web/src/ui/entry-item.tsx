import { CircleAlert, CloudOff, Pencil, Trash2 } from 'lucide'
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Entry } from '../days.ts'
import { isWaiting } from '../device.ts'
import { deleteEntry } from '../entry-writes.ts'
import { number, time } from '../format.ts'
import { moodEntry as texts, wordOf } from '../texts.ts'
import { Button } from './button.tsx'
import { Face } from './face.tsx'
import { Icon } from './icon.tsx'

interface Props {
  entry: Entry
  onEdit?: () => void
  /** What else can be done. */
  actions?: ComponentChildren
  /** Takes the focus when it appears, if nothing else has it. */
  takesFocus?: boolean
}

/** One entry, to read, with what can be done about it. */
export function EntryItem({ entry, onEdit, actions, takesFocus }: Props) {
  const item = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (!takesFocus || document.activeElement !== document.body) return
    item.current?.querySelector<HTMLElement>('.entry-edit')?.focus({ preventScroll: true })
  }, [])
  const { mood, valence, note, tags, occurred_at, timezone } = entry.value
  const name = typeof mood === 'number' ? wordOf(valence) : mood
  return (
    <div ref={item} class="entry-item">
      <Face valence={valence} size={36} />
      <div class="entry-text">
        <p class="entry-head">
          <strong>{name}</strong>
          {typeof mood === 'number' && <span class="entry-mood number">{number(mood)}</span>}
          {occurred_at && (
            <time class="entry-time" dateTime={occurred_at}>
              {time(occurred_at, timezone)}
            </time>
          )}
          {entry.rejected ? (
            <span class="entry-state entry-rejected">
              <Icon of={CircleAlert} size={16} /> {texts.rejected}
            </span>
          ) : (
            entry.pending &&
            isWaiting.value && (
              <span class="entry-state">
                <Icon of={CloudOff} size={16} /> {texts.unsent}
              </span>
            )
          )}
        </p>
        {note && (
          <p class="entry-note" dir="auto">
            {note}
          </p>
        )}
        {tags.length > 0 && (
          <ul class="entry-tags" aria-label={texts.tags}>
            {tags.map(tag => (
              <li class="chip" key={tag}>
                {tag}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class="entry-actions">
        {actions}
        {onEdit && (
          <>
            <Button class="entry-edit" look="plain" icon={Pencil} iconOnly onClick={onEdit}>
              {texts.editNamed(name)}
            </Button>
            <Button look="plain" icon={Trash2} iconOnly onClick={() => void deleteEntry(entry.id)}>
              {texts.deleteNamed(name)}
            </Button>
          </>
        )}
      </div>
    </div>
  )
}
