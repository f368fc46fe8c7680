import { Eye, EyeOff } from 'lucide'
import { useState } from 'preact/hooks'
import { signingIn as texts } from '../texts.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'
import { hintFor, strengthOf } from './password-strength.ts'

interface Props {
  label: string
  name?: string
  error?: string | undefined
  /** A password that is being chosen: says how good it is. */
  isNew?: boolean
  /** Which it must not be. */
  username?: string
  value: string
  onValue: (value: string) => void
}

/** A password, which can be shown. */
export function PasswordField({ label, name = 'password', error, isNew, username = '', value, onValue }: Props) {
  const [isShown, show] = useState(false)
  const strength = strengthOf(value, username)
  return (
    <Field
      label={label}
      name={name}
      type={isShown ? 'text' : 'password'}
      autocomplete={isNew ? 'new-password' : 'current-password'}
      autocapitalize="none"
      spellcheck={false}
      required
      value={value}
      onInput={event => onValue(event.currentTarget.value)}
      error={error}
      hint={
        isNew &&
        error === undefined && (
          <span class="strength" data-strength={strength}>
            <span class="strength-bar" aria-hidden="true" />
            {hintFor(value, username)}
          </span>
        )
      }
      end={
        <Button
          look="plain"
          icon={isShown ? EyeOff : Eye}
          iconOnly
          aria-pressed={isShown}
          onClick={() => show(!isShown)}
        >
          {texts.showPassword}
        </Button>
      }
    />
  )
}
