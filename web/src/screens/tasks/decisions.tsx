import type { Question } from '../../../../client/src/sync/records.ts'
import { peek, write } from '../../device.ts'
import { fullDay } from '../../format.ts'
import { tasks as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Answers, Decision, TwoVersions } from '../../ui/decision.tsx'
import { GoneForGood, textOf, toDecide } from '../../ui/gone-for-good.tsx'
import { versionsOf } from '../../ui/versions.ts'

const titleOf = (id: string) => peek(engine => engine.tasks.get(id))?.value.title ?? ''

/** What only the person can decide: edits that met others, and what the server would not have. Nothing is dropped in silence. */
export function Decisions({ onEdit }: { onEdit: (id: string) => void }) {
  const { gone, met, refused } = toDecide('task')
  if (gone.length + met.length + refused.length === 0) return null
  return (
    <section class="decisions" aria-label={texts.needsYou}>
      {met.map(question => (
        <Conflict key={question.id} question={question} />
      ))}
      {gone.map(one => (
        <GoneForGood
          key={one.id}
          gone={one}
          name={`“${titleOf(one.id)}”`}
          text={textOf(one.id, 'title') ?? textOf(one.id, 'description')}
        />
      ))}
      {refused.map(({ opId, id, op, value, problem }) => (
        <Decision
          key={opId}
          title={texts.refused(titleOf(id) || String(value.title ?? ''))}
          actions={
            <>
              <Button onClick={() => write(engine => engine.discard(opId))}>{texts.discard}</Button>
              {op !== 'delete' && (
                <Button look="primary" onClick={() => onEdit(id)}>
                  {texts.editIt}
                </Button>
              )}
            </>
          }
        >
          <p>{problem.errors.join(' ')}</p>
        </Decision>
      ))}
    </section>
  )
}

function Conflict({ question: { id, reason, fields } }: { question: Question }) {
  const words = texts.conflict[reason]
  const { of, answers } = versionsOf(fields)
  return (
    <Decision
      title={words.title(titleOf(id))}
      actions={
        <Answers
          words={words}
          answers={reason === 'edited' ? answers : []}
          onDecide={answer => void write(engine => engine.resolve(id, answer))}
        />
      }
    >
      {reason === 'edited' &&
        Object.keys(fields).map(field => {
          const name = texts.fields[field as keyof typeof texts.fields]
          const values = of(field, texts.here(name), texts.elsewhere(name))
          return <TwoVersions key={field} versions={values.map(([label, value]) => [label, shown(field, value)])} />
        })}
    </Decision>
  )
}

function shown(name: string, value: unknown): string {
  if (name === 'completed') return value ? texts.isDone : texts.isOpen
  if (value === null || value === '') return texts.nothing
  return name === 'due_on' ? fullDay(String(value)) : String(value)
}
