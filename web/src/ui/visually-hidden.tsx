import type { ComponentChildren } from 'preact'

/**
 * Said to screen readers, seen by nobody.
 * @param role `status` where changes of it are announced: it has to be there before they come.
 */
export function VisuallyHidden({ role, children }: { role?: 'status'; children: ComponentChildren }) {
  return (
    <span class="visually-hidden" role={role}>
      {children}
    </span>
  )
}
