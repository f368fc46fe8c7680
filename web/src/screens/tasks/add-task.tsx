import { Plus } from 'lucide'
import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import { write } from '../../device.ts'
import { tasks as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { DueChoice } from './due-choice.tsx'

/** One line, and Enter. What it asks about the day appears once there is a title. */
export function AddTask({ today, input }: { today: string; input: RefObject<HTMLInputElement | null> }) {
  const [title, setTitle] = useState('')
  const [due, setDue] = useState<string | null>(null)
  const add = async (event: Event) => {
    event.preventDefault()
    const trimmed = title.trim()
    if (trimmed === '') return
    setTitle('')
    setDue(null)
    input.current?.focus()
    await write(engine => engine.tasks.create({ title: trimmed, due_on: due }))
  }
  return (
    <form class="tasks-add" onSubmit={add}>
      <div class="tasks-add-line">
        <Icon of={Plus} />
        <label for="tasks-new" class="visually-hidden">
          {texts.add}
        </label>
        <input
          id="tasks-new"
          ref={input}
          value={title}
          maxLength={200}
          placeholder={texts.add}
          enterkeyhint="done"
          autocomplete="off"
          onInput={event => setTitle(event.currentTarget.value)}
        />
        {title.trim() !== '' && (
          <Button look="primary" type="submit">
            {texts.addIt}
          </Button>
        )}
      </div>
      {title.trim() !== '' && <DueChoice today={today} value={due} onChange={setDue} />}
    </form>
  )
}
