import { useState } from 'preact/hooks'
import { ApiProblem } from '../../../client/src/problem.ts'
import { client } from '../client.ts'
import { sentenceOf } from '../failures.ts'
import { who } from '../session.ts'
import { app, signingIn, proof as texts } from '../texts.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { PasswordField } from './password-field.tsx'

interface Waiting {
  again: () => Promise<void>
  settle: { done: () => void; fail: (error: unknown) => void }
}

/**
 * For what the server does only for the owner of the account: some minutes after signing in it wants the password again.
 * @returns `asOwner`, which does some work and, where the server says so, asks for the password and does it again; it
 * resolves too when the person changes their mind. And the dialog, which has to be rendered.
 */
export function useOwnerProof() {
  const [waiting, setWaiting] = useState<Waiting>()
  async function asOwner(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ApiProblem && error.code === 'reauthentication_required')) throw error
      await new Promise<void>((done, fail) => setWaiting({ again: work, settle: { done, fail } }))
    }
  }
  const proof = waiting && <OwnerProof waiting={waiting} onEnd={() => setWaiting(undefined)} />
  return { asOwner, proof }
}

function OwnerProof({ waiting, onEnd }: { waiting: Waiting; onEnd: () => void }) {
  const [password, setPassword] = useState('')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const { again, settle } = waiting
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    // Not the form around it, in which it may be rendered.
    event.stopPropagation()
    setBusy(true)
    try {
      await client.account.confirm({ current_password: password })
    } catch (problem) {
      setBusy(false)
      return setError(sentenceOf(problem))
    }
    onEnd()
    await again().then(settle.done, settle.fail)
  }
  const cancel = () => {
    onEnd()
    settle.done()
  }
  return (
    <Dialog title={texts.title} onClose={cancel}>
      <form class="stack" onSubmit={submit}>
        <p>{texts.why}</p>
        <input type="hidden" name="username" autocomplete="username" value={who.value?.username} />
        <PasswordField label={signingIn.password} value={password} onValue={setPassword} error={error} />
        <div class="dialog-actions">
          <Button onClick={cancel}>{app.cancel}</Button>
          <Button look="primary" type="submit" busy={busy}>
            {texts.confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
