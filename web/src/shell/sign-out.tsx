import { LogOut } from 'lucide'
import { useState } from 'preact/hooks'
import { sync, unsent } from '../device.ts'
import { signOut } from '../session.ts'
import { app, session as texts } from '../texts.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { hideToast, toast } from '../ui/toast.tsx'

/** Signs out after saying what would be lost: the copy on the device is deleted. */
export function SignOut() {
  const [isOpen, open] = useState(false)
  const [isSending, setSending] = useState(false)
  const [isLeaving, setLeaving] = useState(false)
  const waiting = unsent.value
  const send = () => {
    setSending(true)
    void sync().finally(() => setSending(false))
  }
  const leave = async () => {
    setLeaving(true)
    await signOut().finally(() => setLeaving(false))
    toast(texts.signedOutBy)
  }
  const ask = () => {
    hideToast()
    open(true)
    send()
  }
  return (
    <>
      <Button icon={LogOut} onClick={ask}>
        {texts.signOut}
      </Button>
      {isOpen && (
        <Dialog
          title={texts.signOutTitle}
          onClose={() => open(false)}
          actions={
            <>
              <Button onClick={() => open(false)}>{app.cancel}</Button>
              {waiting > 0 && (
                <Button busy={isSending} onClick={send}>
                  {texts.trySending}
                </Button>
              )}
              <Button look={waiting > 0 ? 'danger' : 'primary'} busy={isLeaving} onClick={leave}>
                {waiting > 0 ? texts.discardAndSignOut : texts.signOut}
              </Button>
            </>
          }
        >
          <p role="status">{waiting > 0 ? texts.signOutUnsent(waiting) : texts.signOutCalm}</p>
        </Dialog>
      )}
    </>
  )
}
