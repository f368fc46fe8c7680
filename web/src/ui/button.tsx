import type { IconNode } from 'lucide'
import type { ButtonHTMLAttributes } from 'preact'
import { classes } from './classes.ts'
import { Icon } from './icon.tsx'

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'icon'> {
  /** `primary` once a screen; `plain` looks like text. */
  look?: 'primary' | 'secondary' | 'plain' | 'danger'
  icon?: IconNode
  /** Shows the icon alone; the children remain its name. */
  iconOnly?: boolean
  /** At work: it cannot be pressed again, and keeps its width. */
  busy?: boolean
}

export function Button({ look = 'secondary', icon, iconOnly, busy, children, class: more, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      class={classes('button', `button-${look}`, iconOnly && 'button-icon', more as string | undefined)}
      aria-busy={busy || undefined}
      onClick={event => {
        if (busy) event.preventDefault()
        else rest.onClick?.(event)
      }}
    >
      {icon && <Icon of={icon} />}
      <span class={iconOnly ? 'visually-hidden' : 'button-text'}>{children}</span>
    </button>
  )
}
