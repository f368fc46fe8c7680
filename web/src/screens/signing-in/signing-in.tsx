import './signing-in.css'
import { useState } from 'preact/hooks'
import { ApiProblem } from '../../../../client/src/problem.ts'
import { signUp } from '../../session.ts'
import { app, signingIn as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { Page } from '../../ui/page.tsx'

export default function SigningIn() {
  const [error, setError] = useState<string>()
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget as HTMLFormElement)
    try {
      await signUp({ username: String(data.get('username')), password: String(data.get('password')) })
    } catch (problem) {
      setError(problem instanceof ApiProblem ? problem.message : app.noAnswer)
    }
  }
  return (
    <Page title={texts.signUp}>
      <form class="signing-in" onSubmit={submit}>
        <Field label={texts.username} name="username" autocomplete="username" error={error} />
        <Field label={texts.password} name="password" type="password" autocomplete="new-password" />
        <Button look="primary" type="submit">
          {texts.signUp}
        </Button>
      </form>
    </Page>
  )
}
