import type { IconNode } from 'lucide'
import type { ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'

/** What stands where there is nothing yet: why, and what to do about it. Without a title where the heading of the page says it. */
export function EmptyState({
  icon,
  title,
  children,
}: {
  icon?: IconNode
  title?: string
  children?: ComponentChildren
}) {
  return (
    <div class="empty">
      {icon && <Icon of={icon} size={36} />}
      {title && <p class="empty-title">{title}</p>}
      {children}
    </div>
  )
}
