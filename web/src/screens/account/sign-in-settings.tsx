import { useState } from 'preact/hooks'
import type { Identity } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { keepProfile, profile } from '../../device.ts'
import { sentenceOf } from '../../failures.ts'
import { sentence } from '../../format.ts'
import { keepWho, who } from '../../session.ts'
import { signingIn, account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useOwnerProof } from '../../ui/owner-proof.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { toast } from '../../ui/toast.tsx'
import { useLoaded } from '../../ui/use-loaded.ts'
import { Group, Part } from './part.tsx'

const { signIn: words } = texts

/** What one signs in with. */
export function SignInSettings() {
  return (
    <Part title={words.title}>
      <Username />
      <Email />
      <Password />
      <Identities />
    </Part>
  )
}

const renew = async () => keepProfile(await client.profile.get())

function Username() {
  const { asOwner, proof } = useOwnerProof()
  const { submit, errors, busy } = useForm(['username'], async data => {
    const username = String(data.get('username')).trim()
    await asOwner(async () => {
      const user = await client.account.setUsername({ username })
      await Promise.all([keepWho({ username: user.username }), renew()])
      toast(words.renamed(user.username))
    })
  })
  return (
    <Group title={signingIn.username}>
      <form class="account-line" onSubmit={submit} noValidate>
        <Field
          label={signingIn.username}
          labelHidden
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          defaultValue={who.value?.username}
          error={errors.username}
        />
        <Button type="submit" busy={busy}>
          {words.change}
        </Button>
        <FormError errors={errors} />
      </form>
      {proof}
    </Group>
  )
}

function Email() {
  const { asOwner, proof } = useOwnerProof()
  const mine = profile.value
  const { submit, errors, busy } = useForm(['email'], async data => {
    const email = String(data.get('email')).trim() || null
    await asOwner(async () => {
      await client.account.setEmail({ email })
      await renew()
      toast(email === null ? words.emailRemoved : words.emailSent(email))
    })
  })
  const [error, setError] = useState<string>()
  const verify = async () => {
    try {
      await client.account.requestEmailVerification()
      toast(words.emailSent(mine?.email ?? ''))
    } catch (problem) {
      setError(sentenceOf(problem))
    }
  }
  return (
    <Group title={words.email} hint={words.emailHint}>
      <form class="account-line" onSubmit={submit} noValidate>
        <Field
          key={mine?.email}
          label={words.email}
          labelHidden
          name="email"
          type="email"
          autocomplete="email"
          defaultValue={mine?.email ?? ''}
          error={errors.email}
        />
        <Button type="submit" busy={busy}>
          {words.change}
        </Button>
        <FormError errors={errors} />
      </form>
      {mine?.email && !mine.email_verified && (
        <Notice
          tone="warn"
          action={
            <Button look="plain" onClick={verify}>
              {words.sendAgain}
            </Button>
          }
        >
          {words.unverified}
        </Notice>
      )}
      {error && <Notice tone="danger">{error}</Notice>}
      {proof}
    </Group>
  )
}

function Password() {
  const { asOwner, proof } = useOwnerProof()
  const [password, setPassword] = useState('')
  const { submit, errors, busy } = useForm(['password'], async () => {
    await asOwner(async () => {
      await client.account.setPassword({ new_password: password })
      setPassword('')
      toast(words.passwordSet)
    })
  })
  return (
    <Group title={signingIn.password} hint={words.passwordHint}>
      <form class="account-form" onSubmit={submit} noValidate>
        <input type="hidden" name="username" autocomplete="username" value={who.value?.username} />
        <PasswordField
          label={signingIn.newPassword}
          isNew
          username={who.value?.username ?? ''}
          value={password}
          onValue={setPassword}
          error={errors.password}
        />
        <FormError errors={errors} />
        <Button type="submit" busy={busy} disabled={password === ''}>
          {words.changePassword}
        </Button>
      </form>
      {proof}
    </Group>
  )
}

/** Accounts elsewhere; nothing where the server knows no provider. */
function Identities() {
  const linked = useLoaded(async () => {
    const [{ providers }, { identities }] = await Promise.all([client.account.providers(), client.account.identities()])
    return { providers, identities }
  })
  const { asOwner, proof } = useOwnerProof()
  const [error, setError] = useState<string>()
  const unlink = async ({ id }: Identity) => {
    try {
      await asOwner(async () => {
        await client.account.unlinkIdentity(id, undefined)
        await linked.reload()
      })
    } catch (problem) {
      setError(sentenceOf(problem))
    }
  }
  if (linked.value?.providers.length === 0 && linked.value.identities.length === 0) return null
  return (
    <Group title={words.elsewhere} hint={words.elsewhereHint}>
      {error && <Notice tone="danger">{error}</Notice>}
      <Loading of={linked} lines={1}>
        {({ providers, identities }) => (
          <ul class="card-list account-list">
            {identities.map(one => (
              <li key={one.id}>
                <span>
                  <strong>{sentence(one.provider)}</strong>
                  <small>{one.email}</small>
                </span>
                <Button look="plain" onClick={() => unlink(one)}>
                  {words.unlink}
                </Button>
              </li>
            ))}
            {providers
              .filter(({ name }) => !identities.some(({ provider }) => provider === name))
              .map(({ name, url }) => (
                <li key={name}>
                  <strong>{sentence(name)}</strong>
                  <a class="button button-plain" href={`${url}?link=1`}>
                    {words.link}
                  </a>
                </li>
              ))}
          </ul>
        )}
      </Loading>
      {proof}
    </Group>
  )
}
