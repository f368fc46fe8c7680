import type { ComponentChildren } from 'preact'

/** Said to screen readers, seen by nobody. */
export function VisuallyHidden({ children }: { children: ComponentChildren }) {
  return <span class="visually-hidden">{children}</span>
}
