import { CircleAlert } from 'lucide'
import type { ComponentChildren } from 'preact'
import { Notice } from './notice.tsx'

interface Props {
  title: string
  actions: ComponentChildren
  children?: ComponentChildren
}

/** Something that only the person can decide. */
export function Decision({ title, actions, children }: Props) {
  return (
    <Notice tone="warn" icon={CircleAlert}>
      <p class="decision-title">{title}</p>
      {children}
      <div class="decision-actions">{actions}</div>
    </Notice>
  )
}

/** One field, as it was edited here and elsewhere. `name` says which, where the labels do not. */
export function TwoVersions({ name, versions }: VersionsProps) {
  return (
    <dl class="decision-versions" aria-label={name}>
      {versions.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
interface VersionsProps {
  name?: string | undefined
  versions: readonly (readonly [label: string, value: string])[]
}
