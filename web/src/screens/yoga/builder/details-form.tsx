import { yoga as texts } from '../../../texts.ts'
import { Field, TextArea } from '../../../ui/field.tsx'
import { Select } from '../pose-filters.tsx'
import type { Details } from './draft.ts'
import type { BuilderStore } from './store.ts'

const { build } = texts

/** What is said about a sequence, folded away. */
export function DetailsForm({ store }: { store: BuilderStore }) {
  const { description, level, category, tags } = store.draft.value
  const set = (changes: Partial<Details>, about: string) => store.change(draft => ({ ...draft, ...changes }), about)
  return (
    <details class="yoga-fold yoga-about">
      <summary>{build.about}</summary>
      <div class="yoga-form">
        <TextArea
          label={build.description}
          rows={2}
          maxLength={5000}
          value={description ?? ''}
          onInput={event => set({ description: event.currentTarget.value || null }, 'description')}
        />
        <div class="yoga-form-row">
          <div class="field">
            <span class="yoga-label">{texts.level}</span>
            <Select
              class="input"
              label={texts.level}
              value={level ?? ''}
              all={texts.anyLevel}
              options={texts.levels}
              onChange={value => set({ level: (value || null) as Details['level'] }, 'level')}
            />
          </div>
          <Field
            label={build.category}
            maxLength={64}
            value={category ?? ''}
            onInput={event => set({ category: event.currentTarget.value || null }, 'category')}
          />
        </div>
        <Field
          label={build.tags}
          hint={build.tagsHint}
          defaultValue={tags.join(', ')}
          onChange={event =>
            set(
              {
                tags: event.currentTarget.value
                  .split(',')
                  .map(tag => tag.trim().slice(0, 64))
                  .filter(Boolean)
                  .slice(0, 20),
              },
              'tags',
            )
          }
        />
      </div>
    </details>
  )
}
