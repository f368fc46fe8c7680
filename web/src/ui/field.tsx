import type { ComponentChildren, InputHTMLAttributes, TextareaHTMLAttributes } from 'preact'
import { useId } from 'preact/hooks'
import { classes } from './classes.ts'

interface Common {
  label: string
  /** What helps to fill it in. */
  hint?: ComponentChildren
  /** What is wrong with it, in a sentence. */
  error?: string | undefined
  /** Hides the label from the eye, where the place says it. */
  labelHidden?: boolean
}
type InputProps = Common &
  Omit<InputHTMLAttributes<HTMLInputElement>, 'label'> & {
    /** Stands at the end of the box, such as a button that shows a password. */
    end?: ComponentChildren
  }
type AreaProps = Common & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'label'>

function useDescribed({ hint, error }: Pick<Common, 'hint' | 'error'>) {
  const id = useId()
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return { id, described: described || undefined }
}

function Labelled({
  id,
  label,
  hint,
  error,
  labelHidden,
  children,
}: Common & { id: string; children: ComponentChildren }) {
  return (
    <div class={classes('field', error !== undefined && 'field-wrong')}>
      <label for={id} class={labelHidden ? 'visually-hidden' : undefined}>
        {label}
      </label>
      {children}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

/** One line of input, with its label, hint and error. */
export function Field({ label, hint, error, labelHidden, end, class: more, ...rest }: InputProps) {
  const { id, described } = useDescribed({ hint, error })
  return (
    <Labelled {...{ id, label, hint, error, ...(labelHidden && { labelHidden }) }}>
      <div class="field-box">
        <input
          // The attributes of inputs are a union over their types, which a rest of it no longer satisfies.
          {...(rest as object)}
          id={id}
          class={classes('input', more as string | undefined)}
          aria-describedby={described}
          aria-invalid={error ? true : undefined}
        />
        {end}
      </div>
    </Labelled>
  )
}

/** Several lines of input; it grows with its text where the browser knows how. */
export function TextArea({ label, hint, error, labelHidden, class: more, ...rest }: AreaProps) {
  const { id, described } = useDescribed({ hint, error })
  return (
    <Labelled {...{ id, label, hint, error, ...(labelHidden && { labelHidden }) }}>
      <textarea
        rows={3}
        {...rest}
        id={id}
        class={classes('input', 'input-area', more as string | undefined)}
        aria-describedby={described}
        aria-invalid={error ? true : undefined}
      />
    </Labelled>
  )
}
