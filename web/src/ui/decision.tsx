import { CircleAlert } from 'lucide'
import type { ComponentChildren } from 'preact'
import type { Answer } from '../../../client/src/sync/own-things.ts'
import { Button } from './button.tsx'
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

interface AnswersProps {
  words: { mine: string; theirs: string }
  /** Of three versions or more, what keeps each of them; else empty. */
  answers: readonly (readonly [label: string, answer: Answer])[]
  onDecide: (answer: Answer) => void
}

/** What may become of values that met. */
export function Answers({ words, answers, onDecide }: AnswersProps) {
  if (answers.length === 0)
    return (
      <>
        <Button onClick={() => onDecide('theirs')}>{words.theirs}</Button>
        <Button look="primary" onClick={() => onDecide('mine')}>
          {words.mine}
        </Button>
      </>
    )
  return answers.map(([label, answer]) => (
    <Button key={label} onClick={() => onDecide(answer)}>
      {label}
    </Button>
  ))
}

/** What was written of one thing, here and elsewhere. */
export function VersionList({ versions }: { versions: readonly (readonly [label: string, value: string])[] }) {
  return (
    <dl class="decision-versions">
      {versions.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
