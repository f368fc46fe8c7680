import { X } from 'lucide'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { app } from '../texts.ts'
import { Button } from './button.tsx'
import { dialogs, Toasts } from './toast.tsx'

interface Props {
  title: string
  /** Called when it is closed by Escape, its button, or a tap beside it. */
  onClose: () => void
  /** What can be done, at the bottom. */
  actions?: ComponentChildren
  children?: ComponentChildren
}

/** A modal dialog: a sheet from below on phones, a card when there is room. It is open as long as it is rendered. */
export function Dialog({ title, onClose, actions, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  const [depth, nest] = useState<number>()
  useEffect(() => {
    const shown = dialog.current
    const opener = document.activeElement
    shown?.showModal()
    nest(++dialogs.value)
    return () => {
      dialogs.value--
      shown?.close()
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself.
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
      onClick={event => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <Button look="plain" icon={X} iconOnly onClick={onClose}>
            {app.close}
          </Button>
        </header>
        {children}
        {actions && <footer class="dialog-actions">{actions}</footer>}
      </div>
      {depth !== undefined && <Toasts depth={depth} />}
    </dialog>
  )
}
