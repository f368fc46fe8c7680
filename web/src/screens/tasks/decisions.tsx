import type { Question } from '../../../../client/src/sync/records.ts'
import { conflicts, peek, rejected, write } from '../../device.ts'
import { fullDay } from '../../format.ts'
import { tasks as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Decision, TwoVersions } from '../../ui/decision.tsx'

const titleOf = (id: string) => peek(engine => engine.tasks.get(id))?.value.title ?? ''

/** What only the person can decide: edits that met others, and what the server would not have. Nothing is dropped in silence. */
export function Decisions({ onEdit }: { onEdit: (id: string) => void }) {
  const met = conflicts.value.filter(({ kind }) => kind === 'task')
  const refused = rejected.value.filter(({ kind }) => kind === 'task')
  if (met.length + refused.length === 0) return null
  return (
    <section class="decisions" aria-label={texts.needsYou}>
      {met.map(question => (
        <Conflict key={question.id} question={question} />
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
  const decide = (answer: 'mine' | 'theirs') => () => write(engine => engine.resolve(id, answer))
  const words = texts.conflict[reason]
  return (
    <Decision
      title={words.title(titleOf(id))}
      actions={
        <>
          <Button onClick={decide('theirs')}>{words.theirs}</Button>
          <Button look="primary" onClick={decide('mine')}>
            {words.mine}
          </Button>
        </>
      }
    >
      {reason === 'edited' &&
        Object.entries(fields).map(([field, { mine, theirs }]) => {
          const name = texts.fields[field as keyof typeof texts.fields]
          return (
            <TwoVersions
              key={field}
              versions={[
                [texts.here(name), shown(field, mine)],
                [texts.elsewhere(name), shown(field, theirs)],
              ]}
            />
          )
        })}
    </Decision>
  )
}

function shown(name: string, value: unknown): string {
  if (name === 'completed') return value ? texts.isDone : texts.isOpen
  if (value === null || value === '') return texts.nothing
  return name === 'due_on' ? fullDay(String(value)) : String(value)
}
