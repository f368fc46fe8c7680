import { KeyRound } from 'lucide'
import { useState } from 'preact/hooks'
import { ApiProblem } from '../../../client/src/problem.ts'
import { sentence } from '../format.ts'
import { signIn, who } from '../session.ts'
import { app, signingIn, session as texts } from '../texts.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Notice } from '../ui/notice.tsx'
import { PasswordField } from '../ui/password-field.tsx'
import { SignOut } from './sign-out.tsx'

/** The session has ended on the server: the app goes on, and asks for the password when it suits. */
export function PasswordAgain() {
  const [isOpen, open] = useState(false)
  const [password, setPassword] = useState('')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const name = who.value?.username ?? ''
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      await signIn({ username: name, password })
      open(false)
    } catch (problem) {
      setError(problem instanceof ApiProblem ? sentence(problem.message) : app.noAnswer)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Notice
        tone="warn"
        icon={KeyRound}
        action={
          <Button look="plain" onClick={() => open(true)}>
            {texts.again}
          </Button>
        }
      >
        {texts.expired}
      </Notice>
      {isOpen && (
        <Dialog title={texts.againTitle(name)} onClose={() => open(false)}>
          <form class="stack" onSubmit={submit}>
            <input type="hidden" name="username" autocomplete="username" value={name} />
            <PasswordField label={signingIn.password} value={password} onValue={setPassword} error={error} />
            <Button look="primary" type="submit" busy={busy}>
              {signingIn.signIn}
            </Button>
            <SignOut />
          </form>
        </Dialog>
      )}
    </>
  )
}
