import { useState } from 'preact/hooks'
import type { Profile, ProfileChanges } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { keepProfile, profile } from '../../device.ts'
import { sentenceOf } from '../../failures.ts'
import { who } from '../../session.ts'
import { app, account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextArea } from '../../ui/field.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { Picture } from './overview.tsx'
import { Part } from './part.tsx'
import { smallPicture } from './small-picture.ts'

const names = ['first_name', 'last_name', 'occupation', 'home_address', 'country', 'county', 'description'] as const
const networks = ['linkedin', 'facebook', 'github', 'instagram', 'twitter', 'youtube'] as const
const { profile: words } = texts

/** Who one is, in one's own words. */
export function ProfileForm() {
  const mine = profile.value
  return (
    <Part title={words.title}>
      {mine ? (
        <>
          <PictureChoice mine={mine} />
          <Words mine={mine} />
        </>
      ) : (
        <Skeleton />
      )}
    </Part>
  )
}

function Words({ mine }: { mine: Profile }) {
  const fields = [...names, ...networks]
  const { submit, errors, busy } = useForm(fields, async data => {
    const said = (name: string) => String(data.get(name) ?? '').trim() || null
    const changes: ProfileChanges = {
      ...Object.fromEntries(names.map(name => [name, said(name)])),
      social_links: Object.fromEntries(networks.map(name => [name, said(name)])),
    }
    await keepProfile(await client.profile.update(changes))
    toast(texts.saved)
  })
  const box = (name: (typeof names)[number], more: object = {}) => (
    <Field label={words[name]} name={name} defaultValue={mine[name] ?? ''} error={errors[name]} {...more} />
  )
  return (
    <form class="account-form" onSubmit={submit} noValidate>
      <FormError errors={errors} />
      <div class="account-pair">
        {box('first_name', { autocomplete: 'given-name' })}
        {box('last_name', { autocomplete: 'family-name' })}
      </div>
      {box('occupation', { autocomplete: 'organization-title' })}
      <TextArea
        label={words.description}
        name="description"
        maxLength={2_000}
        defaultValue={mine.description ?? ''}
        error={errors.description}
      />
      {box('home_address', { autocomplete: 'street-address' })}
      <div class="account-pair">
        {box('county', { autocomplete: 'address-level1' })}
        {box('country', { autocomplete: 'country-name' })}
      </div>
      <details class="account-more" open={networks.some(name => mine.social_links[name] || errors[name])}>
        <summary>{words.links}</summary>
        {networks.map(name => (
          <Field
            key={name}
            label={words.networks[name]}
            name={name}
            type="url"
            placeholder="https://"
            defaultValue={mine.social_links[name] ?? ''}
            error={errors[name]}
          />
        ))}
      </details>
      <Button look="primary" type="submit" busy={busy}>
        {app.save}
      </Button>
    </form>
  )
}

function PictureChoice({ mine }: { mine: Profile }) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const working = async (work: () => Promise<Profile>) => {
    setBusy(true)
    setError(undefined)
    try {
      await keepProfile(await work())
    } catch (problem) {
      setError(problem instanceof DOMException ? words.noPicture : sentenceOf(problem))
    } finally {
      setBusy(false)
    }
  }
  const choose = async (input: HTMLInputElement) => {
    const [file] = input.files ?? []
    input.value = ''
    if (file) await working(async () => client.profile.setAvatar(await smallPicture(file)))
  }
  const remove = () =>
    working(async () => {
      await client.profile.deleteAvatar()
      return client.profile.get()
    })
  return (
    <div class="account-choose-picture" aria-busy={busy || undefined}>
      <Picture url={mine.avatar_url} name={mine.full_name ?? who.value?.username ?? ''} size={88} />
      <div>
        <label class="button button-secondary">
          {mine.avatar_url ? words.changePicture : words.addPicture}
          <input class="visually-hidden" type="file" accept="image/*" onChange={event => choose(event.currentTarget)} />
        </label>
        {mine.avatar_url && (
          <Button look="plain" onClick={remove}>
            {words.removePicture}
          </Button>
        )}
      </div>
      {error && <Notice tone="danger">{error}</Notice>}
    </div>
  )
}
