import { useState } from 'preact/hooks'
import { signIn } from '../../session.ts'
import { signingIn as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { Page } from '../../ui/page.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { Providers } from './providers.tsx'

export function SignIn() {
  const [password, setPassword] = useState('')
  const { submit, errors, busy } = useForm(['username', 'password'], async data =>
    signIn({ username: String(data.get('username')).trim(), password }),
  )
  return (
    <Page title={texts.signInTitle}>
      <form class="signing-in-form" onSubmit={submit} noValidate>
        <FormError errors={errors} />
        <Field
          label={texts.usernameOrEmail}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          error={errors.username}
        />
        <PasswordField label={texts.password} value={password} onValue={setPassword} error={errors.password} />
        <Button look="primary" type="submit" busy={busy}>
          {texts.signIn}
        </Button>
        <a class="signing-in-forgot" href="/app/forgot-password">
          {texts.forgot}
        </a>
      </form>
      <Providers />
      <p class="signing-in-other">
        {texts.noAccount} <a href="/app/sign-up">{texts.signUp}</a>
      </p>
    </Page>
  )
}
