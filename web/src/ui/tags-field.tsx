import { X } from 'lucide'
import { useId, useState } from 'preact/hooks'
import { distinctTidied } from '../../../src/short-text.ts'
import { suggested, tags as used } from '../tags.ts'
import { moodEntry as texts } from '../texts.ts'
import { Icon } from './icon.tsx'

const maxTagLength = 64

/** Tags to add and to take away, suggested by use. What is typed becomes a tag by Enter, a comma, or leaving the field. */
export function TagsField({ value, onChange }: { value: readonly string[]; onChange: (tags: string[]) => void }) {
  const id = useId()
  const [typed, type] = useState('')
  const add = (name: string) => {
    onChange(distinctTidied([...value, ...name.split(',')]))
    type('')
  }
  const remove = (name: string) => onChange(value.filter(tag => tag !== name))
  const ideas = suggested(used.value, typed, value)
  return (
    <div class="field">
      <label for={id}>{texts.tags}</label>
      {value.length > 0 && (
        <ul class="tags-chosen">
          {value.map(tag => (
            <li key={tag}>
              <button type="button" class="chip" aria-label={texts.removeTag(tag)} onClick={() => remove(tag)}>
                {tag} <Icon of={X} size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <input
        id={id}
        class="input"
        value={typed}
        maxLength={maxTagLength}
        autocomplete="off"
        autocapitalize="none"
        enterkeyhint="done"
        placeholder={texts.addTag}
        onInput={event => {
          const { value: text } = event.currentTarget
          if (text.includes(',')) add(text)
          else type(text)
        }}
        onKeyDown={event => {
          if (event.key === 'Enter' && typed.trim() !== '' && !event.isComposing) {
            event.preventDefault()
            add(typed)
          } else if (event.key === 'Backspace' && typed === '' && value.length > 0) remove(value.at(-1) as string)
        }}
        onBlur={() => typed.trim() !== '' && add(typed)}
      />
      {ideas.length > 0 && (
        // A press must not take the focus from the field first: leaving it would add what was typed.
        <fieldset class="tags-ideas" onPointerDown={event => event.preventDefault()}>
          <legend class="visually-hidden">{texts.suggestions}</legend>
          {ideas.map(idea => (
            <button type="button" class="chip" key={idea} onClick={() => add(idea)}>
              + {idea}
            </button>
          ))}
        </fieldset>
      )}
    </div>
  )
}
