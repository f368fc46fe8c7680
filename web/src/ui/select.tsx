import type { ComponentChildren, SelectHTMLAttributes } from 'preact'
import { useId } from 'preact/hooks'

interface Props extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'label'> {
  label: string
  hint?: ComponentChildren
  error?: string | undefined
  labelHidden?: boolean
}

/** One of many, chosen in the browser's own way. */
export function Select({ label, hint, error, labelHidden, children, ...rest }: Props) {
  const id = useId()
  return (
    <div class="field">
      <label for={id} class={labelHidden ? 'visually-hidden' : undefined}>
        {label}
      </label>
      {/* The attributes of selects are a union over their roles, which a rest of it no longer satisfies. */}
      <select {...(rest as object)} id={id} class="input" aria-describedby={hint ? `${id}-hint` : undefined}>
        {children}
      </select>
      {error && <p class="field-error">{error}</p>}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
