import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { client } from '../../client.ts'
import { signUp } from '../../session.ts'
import { signingIn as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { Page } from '../../ui/page.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { Providers } from './providers.tsx'

const fields = ['username', 'password', 'email', 'invitation']

export function SignUp() {
  const { query } = useLocation()
  const [password, setPassword] = useState('')
  const [username, setUsername] = useState('')
  const invited = query.invitation ?? ''
  const { submit, errors, busy } = useForm(fields, async data => {
    const [email, invitation] = [data.get('email'), data.get('invitation')].map(value => String(value ?? '').trim())
    const timezone = client.timezone()
    await signUp({
      username: username.trim(),
      password,
      ...(email && { email }),
      ...(invitation && { invitation }),
      ...(timezone !== undefined && { timezone }),
    })
  })
  return (
    <Page title={texts.signUpTitle}>
      <form class="signing-in-form" onSubmit={submit} noValidate>
        <FormError errors={errors} />
        <Field
          label={texts.username}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          value={username}
          onInput={event => setUsername(event.currentTarget.value)}
          error={errors.username}
        />
        <PasswordField
          label={texts.password}
          isNew
          username={username}
          value={password}
          onValue={setPassword}
          error={errors.password}
        />
        <Field
          label={texts.email}
          name="email"
          type="email"
          autocomplete="email"
          hint={texts.emailHint}
          error={errors.email}
        />
        {(invited !== '' || errors.invitation !== undefined) && (
          <Field label={texts.invitation} name="invitation" defaultValue={invited} error={errors.invitation} />
        )}
        <Button look="primary" type="submit" busy={busy}>
          {texts.signUp}
        </Button>
      </form>
      <Providers invitation={invited} />
      <p class="signing-in-other">
        {texts.haveAccount} <a href="/app/sign-in">{texts.signIn}</a>
      </p>
    </Page>
  )
}
