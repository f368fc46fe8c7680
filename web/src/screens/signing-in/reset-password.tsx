import { CircleCheck, Unlink } from 'lucide'
import { useEffect, useState } from 'preact/hooks'
import { ApiProblem } from '../../../../client/src/problem.ts'
import { client } from '../../client.ts'
import { session } from '../../session.ts'
import { app, signingIn as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { takeCode } from './link-code.ts'

type State = 'checking' | 'good' | 'dead' | 'unknown' | 'done'

export function ResetPassword() {
  const [code] = useState(takeCode)
  const [state, setState] = useState<State>(code === '' ? 'dead' : 'checking')
  const [password, setPassword] = useState('')
  useEffect(() => {
    if (state === 'checking') void stateOf(code).then(setState)
  }, [state])
  const { submit, errors, busy } = useForm(['password'], async () => {
    try {
      await client.account.resetPassword({ code, new_password: password })
      setState('done')
    } catch (error) {
      if (!isDead(error)) throw error
      setState('dead')
    }
  })

  if (state === 'dead') {
    return (
      <Page key={state} title={texts.deadTitle}>
        <EmptyState icon={Unlink}>
          <p>{texts.dead}</p>
          <a class="button button-primary" href="/app/forgot-password">
            {texts.askAgain}
          </a>
        </EmptyState>
      </Page>
    )
  }
  if (state === 'done') {
    return (
      <Page key={state} title={texts.isSetTitle}>
        <EmptyState icon={CircleCheck}>
          <p>{texts.isSet}</p>
          <a class="button button-primary" href={session.value === 'in' ? '/app/' : '/app/sign-in'}>
            {texts.signIn}
          </a>
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page key="form" title={texts.resetTitle}>
      {state === 'checking' && <Skeleton lines={2} />}
      {state === 'unknown' && (
        <Notice tone="danger" action={<Button onClick={() => setState('checking')}>{app.retry}</Button>}>
          {app.noAnswer}
        </Notice>
      )}
      {state === 'good' && (
        <form class="signing-in-form" onSubmit={submit} noValidate>
          <FormError errors={errors} />
          <PasswordField
            label={texts.newPassword}
            isNew
            value={password}
            onValue={setPassword}
            error={errors.password}
          />
          <p class="field-hint">{texts.resetHint}</p>
          <Button look="primary" type="submit" busy={busy}>
            {texts.setPassword}
          </Button>
        </form>
      )}
    </Page>
  )
}

const isDead = (error: unknown) => error instanceof ApiProblem && error.code === 'invalid_code'

/**
 * Whether a link still works, before anybody thinks of a password: the server looks at the code first, and refuses a
 * password that everybody guesses. Nothing is changed by that.
 */
async function stateOf(code: string): Promise<State> {
  try {
    await client.account.resetPassword({ code, new_password: 'password' })
  } catch (error) {
    if (isDead(error)) return 'dead'
    if (error instanceof ApiProblem && error.code === 'password_too_common') return 'good'
  }
  return 'unknown'
}
