import type { RejectedWrite } from '../../../client/src/sync/own-things.ts'
import type { Question } from '../../../client/src/sync/records.ts'
import { peek, write } from '../device.ts'
import { dayAndMonth, dayAndTime, list, number, sentence } from '../format.ts'
import { today as texts, wordOf } from '../texts.ts'
import { Button } from './button.tsx'
import { Answers, Decision, TwoVersions } from './decision.tsx'
import { GoneForGood, textOf, toDecide } from './gone-for-good.tsx'
import { versionsOf } from './versions.ts'

/** What only the person can decide: edits that met others, and what the server would not have. Nothing goes in silence. */
export function MoodDecisions({ onEdit }: { onEdit: (id: string) => void }) {
  const { gone, met, refused } = toDecide('mood')
  if (gone.length + met.length + refused.length === 0) return null
  return (
    <section class="decisions" aria-label={texts.needsYou}>
      {met.map(question => (
        <Conflict key={question.id} question={question} />
      ))}
      {gone.map(one => (
        <GoneForGood key={one.id} gone={one} name={nameOf(one.id)} text={textOf(one.id, 'note', entryOf(one.id))} />
      ))}
      {refused.map(one => (
        <Refused key={one.opId} refused={one} onEdit={onEdit} />
      ))}
    </section>
  )
}

const entryOf = (id: string) => peek(engine => engine.moods.get(id))?.value

function nameOf(id: string): string {
  const value = entryOf(id)
  if (!value) return ''
  const mood = typeof value.mood === 'number' ? wordOf(value.valence) : value.mood
  return texts.entry(mood, dayAndMonth(value.date))
}

function Refused({ refused, onEdit }: { refused: RejectedWrite; onEdit: (id: string) => void }) {
  const { opId, id, op, problem } = refused
  return (
    <Decision
      title={texts.refused(nameOf(id))}
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

function Conflict({ question: { id, reason, fields } }: { question: Question }) {
  const words = texts.conflict[reason]
  const { of, answers } = versionsOf(fields)
  return (
    <Decision
      title={words.title(nameOf(id))}
      actions={
        <Answers
          words={words}
          answers={reason === 'edited' ? answers : []}
          onDecide={answer => void write(engine => engine.resolve(id, answer))}
        />
      }
    >
      {reason === 'edited' &&
        Object.keys(fields).map(field => (
          <TwoVersions
            key={field}
            name={texts.fields[field as keyof typeof texts.fields]}
            versions={of(field, texts.here, texts.elsewhere).map(([label, value]) => [label, shown(field, value)])}
          />
        ))}
    </Decision>
  )
}

function shown(field: string, value: unknown): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return texts.nothing
  if (Array.isArray(value)) return list(value.map(String))
  if (typeof value === 'number') return number(value)
  if (field === 'date') return dayAndMonth(String(value))
  return field === 'occurred_at' ? dayAndTime(String(value)) : String(value)
}
