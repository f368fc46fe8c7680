import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Sequence } from '../../../../../client/src/wire.ts'
import { write } from '../../../device.ts'
import { yoga as texts } from '../../../texts.ts'
import { Button } from '../../../ui/button.tsx'
import { TextArea } from '../../../ui/field.tsx'
import { toast } from '../../../ui/toast.tsx'

const { classMode } = texts

interface OverProps {
  sequence: Sequence
  practice: string | undefined
  onLeave: () => void
}

/** The end: the practice is on the device already; a note can be added, or it can be taken back. */
export function Over({ sequence, practice, onLeave }: OverProps) {
  const note = useSignal('')
  const heading = useRef<HTMLHeadingElement>(null)
  // What had the focus has gone with the class.
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const leave = async () => {
    if (practice !== undefined && note.value.trim())
      await write(async engine => {
        // It may have been deleted on another device while the note was written.
        await engine.practices.restore(practice)
        await engine.practices.update(practice, { note: note.value.trim() })
      })
    onLeave()
  }
  return (
    <div class="yoga-stage yoga-stage-over">
      <div class="yoga-stage-middle" role="status">
        <h2 ref={heading} class="yoga-now" tabIndex={-1}>
          {classMode.done}
        </h2>
        <p class="yoga-stage-cue">{sequence.title}</p>
        {practice !== undefined && <p>{classMode.logged}</p>}
      </div>
      <div class="yoga-stage-end">
        <TextArea
          label={classMode.note}
          rows={2}
          maxLength={10_000}
          value={note.value}
          onInput={event => {
            note.value = event.currentTarget.value
          }}
        />
        <Button look="primary" onClick={leave}>
          {texts.build.done}
        </Button>
        <Button
          look="plain"
          onClick={async () => {
            if (practice !== undefined)
              await write(async engine => {
                if (engine.practices.get(practice)?.deleted === false) await engine.practices.delete(practice)
              })
            toast(classMode.notLogged)
            onLeave()
          }}
        >
          {classMode.dontLog}
        </Button>
      </div>
    </div>
  )
}
