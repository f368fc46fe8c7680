import { useState } from 'preact/hooks'
import type { PersonInDetail } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { sentenceOf } from '../../failures.ts'
import { dayAndTime } from '../../format.ts'
import { account, admin as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useOwnerProof } from '../../ui/owner-proof.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { toast } from '../../ui/toast.tsx'
import { useLoaded } from '../../ui/use-loaded.ts'

const roles = ['member', 'instructor', 'admin'] as const

/** One person: what the account holds, and what an admin can do about it. */
export function PersonDialog({
  id,
  onClose,
  onChanged,
}: {
  id: string
  onClose: () => void
  onChanged: () => unknown
}) {
  const loaded = useLoaded(() => client.admin.person(id))
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const { asOwner, proof } = useOwnerProof()
  const acting = async (work: () => Promise<void>) => {
    setBusy(true)
    setError(undefined)
    try {
      await asOwner(async () => {
        await work()
        await onChanged()
      })
    } catch (problem) {
      setError(sentenceOf(problem))
      await loaded.reload()
    } finally {
      setBusy(false)
    }
  }
  const change = (changes: { role?: (typeof roles)[number]; disabled?: boolean }) =>
    acting(async () => {
      loaded.set(await client.admin.updatePerson(id, changes))
      toast(texts.changed)
    })
  return (
    <Dialog title={loaded.value?.username ?? texts.people} onClose={onClose}>
      {error && <Notice tone="danger">{error}</Notice>}
      <Loading of={loaded}>
        {person => (
          <div class="stack" aria-busy={busy || undefined}>
            <Facts person={person} />
            <Segmented
              label={texts.role}
              options={roles.map(role => ({ value: role, label: account.roles[role] }))}
              value={person.role}
              onChange={role => change({ role })}
            />
            <div class="dialog-actions admin-actions">
              <Button
                busy={busy}
                onClick={() =>
                  acting(async () => {
                    await client.admin.endSessionsOf(id)
                    await loaded.reload()
                    toast(texts.signedOut)
                  })
                }
              >
                {texts.signOutEverywhere}
              </Button>
              <Button busy={busy} onClick={() => change({ disabled: !person.disabled })}>
                {person.disabled ? texts.enable : texts.disable}
              </Button>
            </div>
            {!person.disabled && <p class="admin-hint">{texts.disabledHint}</p>}
            <Deletion
              name={person.username}
              onDelete={() =>
                acting(async () => {
                  await client.admin.deletePerson(id)
                  toast(texts.deleted(person.username))
                  onClose()
                })
              }
            />
          </div>
        )}
      </Loading>
      {proof}
    </Dialog>
  )
}

function Facts({ person }: { person: PersonInDetail }) {
  const { email, email_verified, created_at, last_signed_in_at, counts } = person
  return (
    <ul class="admin-facts">
      {email && (
        <li>
          {email}
          {email_verified && ` (${texts.verified})`}
        </li>
      )}
      <li>
        {texts.since(dayAndTime(created_at))}
        {' · '}
        {last_signed_in_at ? texts.lastSeen(dayAndTime(last_signed_in_at)) : texts.never}
      </li>
      <li>{texts.holds(counts)}</li>
    </ul>
  )
}

function Deletion({ name, onDelete }: { name: string; onDelete: () => void }) {
  const [typed, setTyped] = useState('')
  return (
    <details class="admin-delete">
      <summary>{texts.delete}</summary>
      <Field
        label={texts.deleteHint(name)}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={typed}
        onInput={event => setTyped(event.currentTarget.value)}
      />
      <Button look="danger" disabled={typed.trim() !== name} onClick={onDelete}>
        {texts.delete}
      </Button>
    </details>
  )
}
