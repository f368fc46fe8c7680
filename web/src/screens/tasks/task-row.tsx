import { CalendarDays, CircleAlert, CloudUpload, StickyNote } from 'lucide'
import type { Thing } from '../../../../client/src/sync/records.ts'
import { isWaiting } from '../../device.ts'
import { dayAndTime, relativeDay, sentence } from '../../format.ts'
import { decisions, tasks as texts } from '../../texts.ts'
import { classes } from '../../ui/classes.ts'
import { Icon } from '../../ui/icon.tsx'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'

interface Props {
  thing: Thing<'task'>
  today: string
  /** Whether it is being completed: the tick is there before it goes. */
  isTicked: boolean
  onToggle: (row: HTMLElement) => void
  onEdit: () => void
  /** Whether the section says the day already. */
  dayHidden?: boolean
}

export function TaskRow({ thing, today, isTicked, onToggle, onEdit, dayHidden }: Props) {
  const { title, description, due_on: due, completed, completed_at: at } = thing.value
  const isOverdue = !completed && due !== null && due < today
  return (
    <li class={classes('tasks-row', (completed || isTicked) && 'tasks-row-done')} data-task={thing.id}>
      <label class="tasks-tick">
        <input
          type="checkbox"
          checked={completed || isTicked}
          aria-label={completed ? texts.reopen(title) : texts.complete(title)}
          onChange={event => onToggle(event.currentTarget.closest('li') as HTMLElement)}
        />
      </label>
      <div class="tasks-what">
        <button type="button" class="tasks-open" onClick={onEdit}>
          <VisuallyHidden>{texts.editVerb} </VisuallyHidden>
          <span class="tasks-title" dir="auto">
            {title}
          </span>
        </button>
        {description && (
          <p class="tasks-notes">
            <Icon of={StickyNote} /> {description}
          </p>
        )}
        <p class="tasks-facts">
          {due !== null && !dayHidden && (
            <time dateTime={due} class={classes('tasks-day', isOverdue && 'tasks-late')}>
              <Icon of={CalendarDays} />
              {sentence(relativeDay(due, today))}
            </time>
          )}
          {completed && at && dayHidden && <span>{texts.completedOn(dayAndTime(at))}</span>}
          {thing.pending && !thing.rejected && isWaiting.value && (
            <span class="tasks-unsent">
              <Icon of={CloudUpload} /> {texts.unsent}
            </span>
          )}
          {(thing.rejected || thing.question) && (
            <span class="tasks-late">
              <Icon of={CircleAlert} /> {decisions.needsYou}
            </span>
          )}
        </p>
      </div>
    </li>
  )
}
