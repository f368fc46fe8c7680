import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import type { Entry } from '../days.ts'
import { EntryForm } from './entry-form.tsx'
import { EntryItem } from './entry-item.tsx'

interface Props {
  entry: Entry
  isEdited: boolean
  onEdit: () => void
  onDone: () => void
  /** What else can be done. */
  actions?: ComponentChildren
}

/** An entry that is edited in its place; afterwards its button has the focus again. */
export function EditableEntry({ entry, isEdited, onEdit, onDone, actions }: Props) {
  const wasEdited = useRef(false)
  if (isEdited) wasEdited.current = true
  return isEdited ? (
    <EntryForm entry={entry} onDone={onDone} />
  ) : (
    <EntryItem entry={entry} onEdit={onEdit} actions={actions} takesFocus={wasEdited.current} />
  )
}
