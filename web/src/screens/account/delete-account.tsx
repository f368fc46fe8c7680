import { useState } from 'preact/hooks'
import { client } from '../../client.ts'
import { leave, who } from '../../session.ts'
import { account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { useOwnerProof } from '../../ui/owner-proof.tsx'
import { Part } from './part.tsx'

const { delete: words } = texts

/** Leaves for good. The name is typed in, so that nobody does it by a tap. */
export function DeleteAccount() {
  const name = who.value?.username ?? ''
  const [typed, setTyped] = useState('')
  const { asOwner, proof } = useOwnerProof()
  const { submit, errors, busy } = useForm(['username'], () =>
    asOwner(async () => {
      await client.account.delete({})
      await leave()
    }),
  )
  return (
    <Part title={words.title}>
      <p>{words.what}</p>
      <p>
        {words.before} <a href="/app/account/data">{texts.data.title}</a>
      </p>
      <form class="account-form" onSubmit={submit} noValidate>
        <FormError errors={errors} />
        <Field
          label={words.type(name)}
          name="username"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          value={typed}
          onInput={event => setTyped(event.currentTarget.value)}
        />
        <Button look="danger" type="submit" busy={busy} disabled={typed.trim() !== name}>
          {words.do}
        </Button>
      </form>
      {proof}
    </Part>
  )
}
