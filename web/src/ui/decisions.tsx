import type { RejectedWrite } from '../../../client/src/sync/own-things.ts'
import type { Question } from '../../../client/src/sync/records.ts'
import { write } from '../device.ts'
import { sentence } from '../format.ts'
import { decisions as texts } from '../texts.ts'
import { Button } from './button.tsx'
import { Answers, Decision, VersionList } from './decision.tsx'
import { GoneForGood, toDecide } from './gone-for-good.tsx'
import { versionsOf } from './versions.ts'

interface Props {
  kind: 'mood' | 'task'
  /** What a thing is called within a sentence. */
  nameOf: (id: string) => string
  /** What was typed about it, if anything. */
  textOf: (id: string) => string | null | undefined
  /** The value of a field, which is not empty. */
  shown: (field: string, value: unknown) => string
  onEdit: (id: string) => void
}

/** What only the person can decide: edits that met others, and what the server would not have. Nothing goes in silence. */
export function Decisions({ kind, nameOf, textOf, shown, onEdit }: Props) {
  const { gone, met, refused } = toDecide(kind)
  if (gone.length + met.length + refused.length === 0) return null
  return (
    <section class="decisions" aria-label={texts.needsYou}>
      {met.map(question => (
        <Conflict key={question.id} question={question} name={nameOf(question.id)} shown={shown} />
      ))}
      {gone.map(one => (
        <GoneForGood key={one.id} gone={one} name={nameOf(one.id)} text={textOf(one.id)} />
      ))}
      {refused.map(one => (
        <Refused key={one.opId} refused={one} name={nameOf(one.id)} onEdit={onEdit} />
      ))}
    </section>
  )
}

function Refused({ refused, name, onEdit }: { refused: RejectedWrite; name: string; onEdit: Props['onEdit'] }) {
  const { opId, id, op, problem } = refused
  return (
    <Decision
      title={texts.refused(name)}
      actions={
        <>
          <Button onClick={() => write(engine => engine.discard(opId))}>{texts.discard}</Button>
          <Button onClick={() => write(engine => engine.retry(opId))}>{texts.retry}</Button>
          {op !== 'delete' && (
            <Button look="primary" onClick={() => onEdit(id)}>
              {texts.edit}
            </Button>
          )}
        </>
      }
    >
      <p>{problem.errors.map(sentence).join(' ')}</p>
    </Decision>
  )
}

function Conflict({ question, name, shown }: { question: Question; name: string; shown: Props['shown'] }) {
  const { id, kind, reason, fields } = question
  const words = texts.conflict[reason]
  const names: Readonly<Record<string, string>> = texts.fields[kind]
  const { of, answers } = versionsOf(fields)
  const isEdited = reason === 'edited'
  return (
    <Decision
      title={words.title(name)}
      actions={
        <Answers
          words={words}
          answers={isEdited ? answers : []}
          onDecide={answer => void write(engine => engine.resolve(id, answer))}
        />
      }
    >
      {isEdited &&
        Object.keys(fields).map(field => {
          const called = names[field] ?? field
          const values = of(field, texts.here(called), texts.elsewhere(called))
          const told = (value: unknown) => (isEmpty(value) ? texts.nothing : shown(field, value))
          return <VersionList key={field} versions={values.map(([label, value]) => [label, told(value)])} />
        })}
    </Decision>
  )
}

const isEmpty = (value: unknown) =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
