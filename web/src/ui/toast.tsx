import { signal } from '@preact/signals'
import { app } from '../texts.ts'
import { Button } from './button.tsx'

interface Message {
  id: number
  text: string
  undo?: () => unknown
}

/** Long enough to read and to reach, ms. */
const shownMs = 8_000

const message = signal<Message | undefined>()
let counted = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Says what was done, for a while; with `undo` it can be taken back as long. */
export function toast(text: string, undo?: () => unknown): void {
  message.value = { id: ++counted, text, ...(undo && { undo }) }
  linger()
}

/** Ends it early, such as when what it offers to undo is being edited. */
export function hideToast(): void {
  message.value = undefined
}
const linger = () => {
  clearTimeout(timer)
  timer = setTimeout(hideToast, shownMs)
}
const stay = () => clearTimeout(timer)

/** Dialogs that are open: what is outside of them can be neither seen nor pressed, so the innermost shows the toast. */
export const dialogs = signal(0)

/**
 * Where toasts appear: in the shell, and in each dialog. It stays while it has the focus or the pointer.
 * @param depth the number of dialogs around it.
 */
export function Toasts({ depth = 0 }: { depth?: number }) {
  const shown = depth === dialogs.value ? message.value : undefined
  return (
    <div
      class="toasts"
      role="status"
      onPointerEnter={stay}
      onPointerLeave={linger}
      onFocusIn={stay}
      onFocusOut={linger}
    >
      {shown && (
        <div class="toast" key={shown.id}>
          <span>{shown.text}</span>
          {shown.undo && (
            <Button
              look="plain"
              onClick={() => {
                void shown.undo?.()
                hideToast()
              }}
            >
              {app.undo}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
