import './tasks.css'
import { useSignal } from '@preact/signals'
import { ListChecks, PartyPopper } from 'lucide'
import { useRef } from 'preact/hooks'
import type { Thing } from '../../../../client/src/sync/records.ts'
import { filled, peek, streak, tasks, write } from '../../device.ts'
import { tasks as texts } from '../../texts.ts'
import { useAfterRender } from '../../ui/after-render.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { AddTask } from './add-task.tsx'
import { openSections, sectionsOf } from './sections.ts'
import { TaskDecisions } from './task-decisions.tsx'
import { TaskEditor } from './task-editor.tsx'
import { TaskRow } from './task-row.tsx'

type TaskThing = Thing<'task'>

/** A task that is edited, as it was when that began, and the day that it was. */
interface Held {
  thing: TaskThing
  today: string
}

/** How long a completed task stays where it was, with its tick, ms. */
const lingerMs = 600
const completedAtOnce = 30

export default function Tasks() {
  const afterRender = useAfterRender()
  const input = useRef<HTMLInputElement>(null)
  const lingering = useSignal<ReadonlySet<string>>(new Set())
  const editing = useSignal<Held | undefined>(undefined)
  const maxCompleted = useSignal(completedAtOnce)
  const today = streak.value?.streak_details.today ?? new Date().toISOString().slice(0, 10)
  const held = editing.value
  // What is edited stays where it is, whatever becomes of it meanwhile: what is typed must not go with it.
  const things = held ? [...tasks.value.filter(({ id }) => id !== held.thing.id), held.thing] : tasks.value
  const sections = sectionsOf(things, ({ value }) => value, held?.today ?? today, lingering.value)
  const edit = (id: string) => {
    const thing = peek(engine => engine.tasks.get(id))
    editing.value = thing && { thing, today }
  }
  const countOpen = openSections.reduce((sum, name) => sum + sections[name].length, 0)

  const setCompleted = (id: string, completed: boolean) => write(engine => engine.tasks.update(id, { completed }))
  const toggle = async ({ id, value }: TaskThing, row: HTMLElement) => {
    const completed = !value.completed
    if (completed) lingering.value = new Set([...lingering.value, id])
    await setCompleted(id, completed)
    if (!completed) return
    toast(texts.completedOne(value.title), async () => {
      lingering.value = new Set([...lingering.value].filter(one => one !== id))
      await setCompleted(id, false)
    })
    setTimeout(() => {
      passFocus(row, input.current)
      lingering.value = new Set([...lingering.value].filter(one => one !== id))
    }, lingerMs)
  }
  const remove = async ({ id, value }: TaskThing) => {
    const row = document.querySelector<HTMLElement>(`[data-task="${id}"]`)
    if (row) passFocus(row, input.current)
    editing.value = undefined
    await write(engine => engine.tasks.delete(id))
    toast(texts.deleted(value.title), () => write(engine => engine.tasks.restore(id)))
  }
  const close = (id: string) => {
    editing.value = undefined
    afterRender(() => document.querySelector<HTMLElement>(`[data-task="${id}"] .tasks-open`)?.focus())
  }

  const list = (things: readonly TaskThing[], dayHidden = false) => (
    <ul class="tasks-list">
      {things.map(thing =>
        held?.thing.id === thing.id ? (
          <li key={thing.id} class="tasks-editing" data-task={thing.id}>
            <TaskEditor thing={thing} today={today} onClose={() => close(thing.id)} onDelete={() => remove(thing)} />
          </li>
        ) : (
          <TaskRow
            key={thing.id}
            thing={thing}
            today={today}
            dayHidden={dayHidden}
            isTicked={lingering.value.has(thing.id)}
            onToggle={row => toggle(thing, row)}
            onEdit={() => edit(thing.id)}
          />
        ),
      )}
    </ul>
  )

  return (
    <Page title={texts.title}>
      <AddTask today={today} input={input} />
      <TaskDecisions onEdit={edit} />
      {openSections.map(
        name =>
          sections[name].length > 0 && (
            <section class={`tasks-section tasks-section-${name}`} key={name} aria-labelledby={`tasks-${name}`}>
              <h2 id={`tasks-${name}`} class="tasks-heading">
                {texts.sections[name]} <span class="tasks-count number">{sections[name].length}</span>
              </h2>
              {list(sections[name], name === 'today')}
            </section>
          ),
      )}
      {countOpen === 0 && !filled.value && things.length === 0 && <Skeleton />}
      {countOpen === 0 && (filled.value || things.length > 0) && (
        <EmptyState
          icon={sections.completed.length > 0 ? PartyPopper : ListChecks}
          title={sections.completed.length > 0 ? texts.allDone : texts.none}
        >
          <p>{sections.completed.length > 0 ? texts.allDoneWhy : texts.noneWhy}</p>
        </EmptyState>
      )}
      {sections.completed.length > 0 && (
        <details class="tasks-completed">
          <summary>
            {texts.sections.completed} <span class="tasks-count number">{sections.completed.length}</span>
          </summary>
          {list(sections.completed.slice(0, maxCompleted.value), true)}
          {sections.completed.length > maxCompleted.value && (
            <Button
              look="plain"
              onClick={() => {
                maxCompleted.value += completedAtOnce
              }}
            >
              {texts.more}
            </Button>
          )}
        </details>
      )}
    </Page>
  )
}

/** Gives the focus of a row that is about to go to its neighbour, so that the keyboard stays in the list. */
function passFocus(row: HTMLElement, otherwise: HTMLElement | null): void {
  if (!row.contains(document.activeElement)) return
  const ticks = [...document.querySelectorAll<HTMLElement>('.tasks-section .tasks-tick input')]
  const own = ticks.findIndex(tick => row.contains(tick))
  const next = own === -1 ? undefined : (ticks[own + 1] ?? ticks[own - 1])
  ;(next ?? otherwise)?.focus()
}
