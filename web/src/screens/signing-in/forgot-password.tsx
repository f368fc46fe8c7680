import { MailCheck } from 'lucide'
import { useState } from 'preact/hooks'
import { client } from '../../client.ts'
import { signingIn as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Field } from '../../ui/field.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { Page } from '../../ui/page.tsx'

export function ForgotPassword() {
  const [isSent, setSent] = useState(false)
  const { submit, errors, busy } = useForm(['username'], async data => {
    await client.account.requestPasswordReset({ username: String(data.get('username')).trim() })
    setSent(true)
  })
  if (isSent) {
    return (
      <Page key="sent" title={texts.sentTitle}>
        <EmptyState icon={MailCheck}>
          <p>{texts.sent}</p>
          <a href="/app/sign-in">{texts.back}</a>
        </EmptyState>
      </Page>
    )
  }
  return (
    <Page key="form" title={texts.forgotTitle}>
      <form class="signing-in-form" onSubmit={submit} noValidate>
        <FormError errors={errors} />
        <Field
          label={texts.usernameOrEmail}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          hint={texts.forgotHow}
          error={errors.username}
        />
        <Button look="primary" type="submit" busy={busy}>
          {texts.sendLink}
        </Button>
      </form>
      <p class="signing-in-other">
        <a href="/app/sign-in">{texts.back}</a>
      </p>
    </Page>
  )
}
