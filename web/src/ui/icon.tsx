import type { IconNode } from 'lucide'
import { h } from 'preact'

/** An icon of the Lucide set, as large as the text beside it. It says nothing by itself: what it means stands in words. */
export function Icon({ of, size }: { of: IconNode; size?: number }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {of.map(([tag, attributes]) => h(tag, attributes))}
    </svg>
  )
}
