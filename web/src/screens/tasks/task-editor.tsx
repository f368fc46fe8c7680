import { Trash2 } from 'lucide'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Thing } from '../../../../client/src/sync/records.ts'
import { tasks, write } from '../../device.ts'
import { app, tasks as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { DeletedMeanwhile } from '../../ui/deleted-meanwhile.tsx'
import { Field, TextArea } from '../../ui/field.tsx'
import { DueChoice } from './due-choice.tsx'

interface Props {
  thing: Thing<'task'>
  today: string
  onClose: () => void
  onDelete: () => void
}

/** A task, where it stands, with everything of it to change. */
export function TaskEditor({ thing: { id, value }, today, onClose, onDelete }: Props) {
  const form = useRef<HTMLFormElement>(null)
  const [title, setTitle] = useState(value.title)
  const [description, setDescription] = useState(value.description ?? '')
  const [due, setDue] = useState(value.due_on)
  // Others may change it meanwhile.
  const [before] = useState(value)
  const isBlank = title.trim() === ''
  const isGone = tasks.value.every(one => one.id !== id)
  // Before anybody can type: a frame later their first letters would go elsewhere.
  useLayoutEffect(() => {
    const first = form.current?.querySelector('input')
    first?.focus({ preventScroll: true })
    first?.setSelectionRange(first.value.length, first.value.length)
    form.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  const save = async (event: Event) => {
    event.preventDefault()
    if (isBlank) return
    await write(async engine => {
      const entered = { title: title.trim(), description: description.trim() || null, due_on: due }
      const changes = Object.entries(entered).filter(([name, it]) => it !== before[name as keyof typeof entered])
      if (isGone) await engine.tasks.restore(id)
      await engine.tasks.update(id, Object.fromEntries(changes), before)
      // A rejected creation is sent again by the edit; of a rejected edit this one takes the place.
      for (const { opId, op } of engine.rejected().filter(it => it.id === id)) {
        if (op !== 'create') await engine.discard(opId)
      }
    })
    onClose()
  }
  return (
    <form
      ref={form}
      class="tasks-editor card"
      data-unsaved
      aria-label={texts.edit(value.title)}
      onSubmit={save}
      onKeyDown={event => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <Field
        label={texts.title_}
        value={title}
        maxLength={200}
        error={isBlank ? texts.titleNeeded : undefined}
        onInput={event => setTitle(event.currentTarget.value)}
      />
      <TextArea
        label={texts.notes}
        value={description}
        maxLength={10_000}
        rows={2}
        onInput={event => setDescription(event.currentTarget.value)}
      />
      <DueChoice today={today} value={due} onChange={setDue} />
      {isGone ? (
        <DeletedMeanwhile onDiscard={onClose} />
      ) : (
        <div class="tasks-editor-actions">
          <Button look="danger" icon={Trash2} iconOnly onClick={onDelete}>
            {app.delete}
          </Button>
          <span />
          <Button onClick={onClose}>{app.cancel}</Button>
          <Button look="primary" type="submit">
            {app.save}
          </Button>
        </div>
      )}
    </form>
  )
}
