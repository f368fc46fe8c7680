import type { IconNode } from 'lucide'
import type { ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'

interface Props {
  tone?: 'calm' | 'warn' | 'danger'
  icon?: IconNode
  /** What can be done about it. */
  action?: ComponentChildren
  children: ComponentChildren
}

/** Something to know, in the flow of the page. With `danger` it is read out at once. */
export function Notice({ tone = 'calm', icon, action, children }: Props) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'danger' ? 'alert' : undefined}>
      {icon && <Icon of={icon} />}
      <div class="notice-text">{children}</div>
      {action}
    </div>
  )
}
