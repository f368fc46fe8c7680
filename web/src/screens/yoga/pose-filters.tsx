import type { Signal } from '@preact/signals'
import type { Pose } from '../../../../client/src/wire.ts'
import { yoga as texts } from '../../texts.ts'
import { Field } from '../../ui/field.tsx'
import type { PoseFilter } from './search.ts'

/** Words, level, kind and sides. */
export function PoseFilters({ filter, hasOwn }: { filter: Signal<PoseFilter>; hasOwn: boolean }) {
  const set = (changes: Partial<PoseFilter>) => {
    filter.value = { ...filter.value, ...changes }
  }
  const { q, level, category, sides, own } = filter.value
  return (
    <div class="yoga-filters">
      <Field
        label={texts.searchPoses}
        labelHidden
        type="search"
        placeholder={texts.searchPoses}
        value={q}
        onInput={event => set({ q: event.currentTarget.value })}
      />
      <div class="yoga-selects">
        <Select
          label={texts.level}
          value={level}
          all={texts.anyLevel}
          options={texts.levels}
          onChange={value => set({ level: value as Pose['level'] | '' })}
        />
        <Select
          label={texts.kind}
          value={category}
          all={texts.anyKind}
          options={texts.kinds}
          onChange={value => set({ category: value as PoseFilter['category'] })}
        />
        <Select
          label={texts.sidesLabel}
          value={sides === 'any' ? '' : sides}
          all={texts.anySides}
          options={texts.sidesOf}
          onChange={value => set({ sides: (value || 'any') as PoseFilter['sides'] })}
        />
        {hasOwn && (
          <button type="button" class="chip" aria-pressed={own} onClick={() => set({ own: !own })}>
            {texts.ownOnly}
          </button>
        )}
      </div>
    </div>
  )
}

interface SelectProps {
  label: string
  value: string
  /** What stands for no choice. */
  all?: string
  options: Readonly<Record<string, string>>
  onChange: (value: string) => void
  class?: string
}

export function Select({ label, value, all, options, onChange, class: more = 'yoga-select' }: SelectProps) {
  return (
    <select
      class={more}
      aria-label={label}
      value={value}
      data-chosen={value !== '' || undefined}
      onChange={event => onChange(event.currentTarget.value)}
    >
      {all !== undefined && <option value="">{all}</option>}
      {Object.entries(options).map(([name, text]) => (
        <option value={name} key={name}>
          {text}
        </option>
      ))}
    </select>
  )
}
