import { peek } from '../../device.ts'
import { fullDay } from '../../format.ts'
import { decisions as texts } from '../../texts.ts'
import { Decisions } from '../../ui/decisions.tsx'
import { writtenText } from '../../ui/gone-for-good.tsx'

/** What the person has to decide about tasks. */
export function TaskDecisions({ onEdit }: { onEdit: (id: string) => void }) {
  return <Decisions kind="task" nameOf={nameOf} textOf={textOf} shown={shown} onEdit={onEdit} />
}

const nameOf = (id: string) => texts.task(peek(engine => engine.tasks.get(id))?.value.title ?? '')

const textOf = (id: string) => writtenText(id, 'title') ?? writtenText(id, 'description')

function shown(field: string, value: unknown): string {
  if (field === 'completed') return value ? texts.isDone : texts.isOpen
  return field === 'due_on' ? fullDay(String(value)) : String(value)
}
