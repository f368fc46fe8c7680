import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface Props<T extends string> {
  /** What is chosen, for those who do not see the place. */
  label: string
  options: readonly { value: T; label: ComponentChildren }[]
  value: T
  onChange: (value: T) => void
}

/** One of a few, as radio buttons that look like one control: arrow keys move within it. */
export function Segmented<T extends string>({ label, options, value, onChange }: Props<T>) {
  const name = useId()
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">{label}</legend>
      {options.map(option => (
        <label key={option.value}>
          <input
            class="segmented-radio"
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  )
}
