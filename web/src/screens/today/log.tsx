import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ApiProblem } from '../../../../client/src/problem.ts'
import type { Entry } from '../../days.ts'
import { entries, settings, write } from '../../device.ts'
import { number, sentence, time } from '../../format.ts'
import { today as texts, wordOf } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { EntryForm } from '../../ui/entry-form.tsx'
import { Face } from '../../ui/face.tsx'
import { MoodPicker } from '../../ui/mood-picker.tsx'
import { Notice } from '../../ui/notice.tsx'
import { hideToast, toast } from '../../ui/toast.tsx'

interface Props {
  /** The id of the entry that was just logged here. */
  logged: string | undefined
  onLogged: (id: string | undefined) => void
}

/** The question, and after the one tap that answers it, what else can be said. */
export function Log({ logged, onLogged }: Props) {
  const [picked, pick] = useState<number>()
  const [wrong, complain] = useState<string>()
  // The one whose form is open stays, whatever becomes of it meanwhile.
  const [held, hold] = useState<Entry>()
  const entry = held ?? entries.value.find(({ id }) => id === logged)
  const section = useRef<HTMLElement>(null)
  const wasLogged = useRef(false)
  useLayoutEffect(() => {
    if (entry === undefined && wasLogged.current && document.activeElement === document.body)
      section.current?.querySelector<HTMLElement>('button, input')?.focus({ preventScroll: true })
    wasLogged.current = entry !== undefined
  }, [entry === undefined])
  const end = () => {
    hold(undefined)
    onLogged(undefined)
  }

  async function log(mood: number) {
    // Shown at once; on the device a moment later.
    pick(mood)
    complain(undefined)
    try {
      const { id, value } = await write(engine => engine.moods.log({ mood }))
      onLogged(id)
      toast(texts.logged(wordOf(value.valence)), () => write(engine => engine.moods.delete(id)))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      complain(sentence(error.message))
    } finally {
      pick(undefined)
    }
  }

  return (
    <section ref={section} class="card today-log">
      {entry ? (
        <Logged
          key={entry.id}
          entry={entry}
          isOpen={held !== undefined}
          onOpen={is => hold(is ? entry : undefined)}
          onDone={end}
        />
      ) : (
        <MoodPicker
          label={texts.question}
          scale={settings.value.mood_scale}
          value={picked}
          onPick={mood => void log(mood)}
        />
      )}
      {wrong && <Notice tone="danger">{wrong}</Notice>}
    </section>
  )
}

interface LoggedProps {
  entry: Entry
  /** Whether more is said about it. */
  isOpen: boolean
  onOpen: (isOpen: boolean) => void
  onDone: () => void
}

function Logged({ entry, isOpen, onOpen, onDone }: LoggedProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const { mood, valence, occurred_at, timezone } = entry.value
  if (isOpen) return <EntryForm entry={entry} onDone={onDone} onCancel={() => onOpen(false)} />
  return (
    <div class="today-logged">
      <Face valence={valence} size={72} />
      <h2 ref={heading} tabIndex={-1}>
        {wordOf(valence)} <span class="today-logged-number number">{typeof mood === 'number' && number(mood)}</span>
      </h2>
      {occurred_at && <p>{texts.loggedAt(time(occurred_at, timezone))}</p>}
      <div class="today-logged-actions">
        <Button
          onClick={() => {
            hideToast()
            onOpen(true)
          }}
        >
          {texts.addMore}
        </Button>
        <Button look="plain" onClick={onDone}>
          {texts.another}
        </Button>
      </div>
    </div>
  )
}
