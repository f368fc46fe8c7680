import { Copy } from 'lucide'
import { useState } from 'preact/hooks'
import type { CreatedPersonalToken, PersonalToken } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { sentenceOf } from '../../failures.ts'
import { dayAndTime, wordsFor } from '../../format.ts'
import { app, account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Field } from '../../ui/field.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useOwnerProof } from '../../ui/owner-proof.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { useLoaded } from '../../ui/use-loaded.ts'
import { VisuallyHidden } from '../../ui/visually-hidden.tsx'
import { Part } from './part.tsx'

const { tokens: words } = texts
type Scope = PersonalToken['scopes'][number]
const scopes = Object.keys(words.scopes) as Scope[]
const lifetimes = ['30', '90', '365', 'never'] as const

/** Ways in for scripts. */
export function Tokens() {
  const loaded = useLoaded(async () => (await client.tokens.list()).tokens)
  const [isOpen, open] = useState(false)
  const [created, setCreated] = useState<CreatedPersonalToken>()
  const [error, setError] = useState<string>()
  const remove = async ({ id }: PersonalToken) => {
    try {
      await client.tokens.delete(id)
      await loaded.reload()
      toast(words.deleted)
    } catch (problem) {
      setError(sentenceOf(problem))
    }
  }
  return (
    <Part title={words.title}>
      <p class="account-hint">
        {words.what} <a href="/docs">{words.docs}</a>
      </p>
      <VisuallyHidden role="status">{created && `${words.created(created.name)} ${words.once}`}</VisuallyHidden>
      {created && <Created token={created} onClose={() => setCreated(undefined)} />}
      {error && <Notice tone="danger">{error}</Notice>}
      <Loading of={loaded}>
        {tokens =>
          tokens.length === 0 ? (
            <EmptyState title={words.none} />
          ) : (
            <ul class="card-list account-list">
              {tokens.map(one => (
                <li key={one.id}>
                  <span>
                    <strong>{one.name}</strong>
                    <small>{one.scopes.map(scope => wordsFor(words.scopes, scope)).join(', ')}</small>
                    <small>
                      {one.last_used_at ? words.used(dayAndTime(one.last_used_at)) : words.unused}
                      {' · '}
                      {one.expires_at ? words.expires(dayAndTime(one.expires_at)) : words.forever}
                    </small>
                  </span>
                  <Button class="button-deletes" look="plain" onClick={() => remove(one)}>
                    {app.delete}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loading>
      <Button look="primary" onClick={() => open(true)}>
        {words.create}
      </Button>
      {isOpen && (
        <NewToken
          onClose={() => open(false)}
          onCreated={token => {
            setCreated(token)
            open(false)
            void loaded.reload()
          }}
        />
      )}
    </Part>
  )
}

function NewToken({ onClose, onCreated }: { onClose: () => void; onCreated: (token: CreatedPersonalToken) => void }) {
  const { asOwner, proof } = useOwnerProof()
  const { submit, errors, busy } = useForm(['name', 'scopes'], data =>
    asOwner(async () => {
      const days = String(data.get('lifetime'))
      onCreated(
        await client.tokens.create({
          name: String(data.get('name')).trim(),
          scopes: data.getAll('scopes') as Scope[],
          expires_at: days === 'never' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString(),
        }),
      )
    }),
  )
  return (
    <Dialog title={words.create} onClose={onClose}>
      <form class="account-form" onSubmit={submit} noValidate>
        <FormError errors={errors} />
        <Field label={words.name} name="name" autocomplete="off" hint={words.nameHint} error={errors.name} />
        <fieldset class="account-checks">
          <legend>{words.may}</legend>
          {scopes.map(scope => (
            <label key={scope}>
              <input type="checkbox" name="scopes" value={scope} defaultChecked={scope === 'mood:read'} />
              {words.scopes[scope]}
            </label>
          ))}
          {errors.scopes && <p class="field-error">{errors.scopes}</p>}
        </fieldset>
        <Select label={words.lifetime} name="lifetime" defaultValue="90">
          {lifetimes.map(days => (
            <option key={days} value={days} selected={days === '90'}>
              {words.lifetimes[days]}
            </option>
          ))}
        </Select>
        <Button look="primary" type="submit" busy={busy}>
          {words.create}
        </Button>
      </form>
      {proof}
    </Dialog>
  )
}

/** The token itself, which is shown this once. */
function Created({ token, onClose }: { token: CreatedPersonalToken; onClose: () => void }) {
  const copy = async () => {
    await navigator.clipboard?.writeText(token.token)
    toast(words.copied)
  }
  return (
    <div class="account-created">
      <p>
        <strong>{words.created(token.name)}</strong> {words.once}
      </p>
      <code>{token.token}</code>
      <div class="dialog-actions">
        {'clipboard' in navigator && (
          <Button icon={Copy} onClick={copy}>
            {words.copy}
          </Button>
        )}
        <Button look="plain" onClick={onClose}>
          {words.done}
        </Button>
      </div>
    </div>
  )
}
