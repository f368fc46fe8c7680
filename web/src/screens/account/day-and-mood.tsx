import { LocateFixed } from 'lucide'
import { useState } from 'preact/hooks'
import type { ProfileChanges } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { keepProfile, settings, sync } from '../../device.ts'
import { hour } from '../../format.ts'
import { app, account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { FormError, useForm } from '../../ui/form.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { Group, Part } from './part.tsx'

const { mood: words } = texts
/** What most people want; anything else is typed in. */
const scales = ['1-5', '1-7', '0-10', '1-100'] as const
const lastStart = 6
const zoneHere = () => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** What moods are measured in, and when days begin. */
export function DayAndMood() {
  const { mood_scale: scale, timezone, day_starts_at } = settings.value
  const now = `${scale.min}-${scale.max}`
  const [choice, setChoice] = useState<string>((scales as readonly string[]).includes(now) ? now : 'own')
  const [zone, setZone] = useState(timezone)
  const zones = [...new Set([timezone, zoneHere(), ...Intl.supportedValuesOf('timeZone')])].sort()
  const { submit, errors, busy } = useForm(['mood_scale', 'timezone', 'day_starts_at', 'min', 'max'], async data => {
    const [min, max] = choice === 'own' ? [data.get('min'), data.get('max')] : choice.split('-')
    const changes: ProfileChanges = {
      mood_scale: { min: Number(min), max: Number(max) },
      timezone: zone,
      day_starts_at: Number(data.get('day_starts_at')),
    }
    await keepProfile(await client.profile.update(changes))
    await sync()
    toast(texts.saved)
  })
  const options = [
    ...scales.map(value => ({ value, label: value.replace('-', '–') })),
    { value: 'own', label: words.own },
  ]
  return (
    <Part title={words.title}>
      <form class="account-form" onSubmit={submit} noValidate>
        <FormError errors={errors} />
        <Group title={words.scale} hint={words.scaleHint}>
          <Segmented label={words.scale} options={options} value={choice} onChange={setChoice} />
          {choice === 'own' && (
            <div class="account-pair">
              <Field
                label={words.worst}
                name="min"
                type="number"
                step="any"
                defaultValue={scale.min}
                error={errors.min}
              />
              <Field
                label={words.best}
                name="max"
                type="number"
                step="any"
                defaultValue={scale.max}
                error={errors.max}
              />
            </div>
          )}
          {errors.mood_scale && <p class="field-error">{errors.mood_scale}</p>}
        </Group>
        <Group title={words.days} hint={words.daysHint}>
          <Select label={words.starts} name="day_starts_at" value={String(day_starts_at)} error={errors.day_starts_at}>
            {Array.from({ length: lastStart + 1 }, (_, at) => (
              <option key={at} value={at}>
                {at === 0 ? words.midnight : hour(at)}
              </option>
            ))}
          </Select>
          <Select
            label={words.zone}
            name="timezone"
            value={zone}
            error={errors.timezone}
            hint={words.zoneHint}
            onChange={event => setZone(event.currentTarget.value)}
          >
            {zones.map(name => (
              <option key={name} value={name}>
                {name.replaceAll('_', ' ')}
              </option>
            ))}
          </Select>
          {zone !== zoneHere() && (
            <Button icon={LocateFixed} onClick={() => setZone(zoneHere())}>
              {words.here(zoneHere().replaceAll('_', ' '))}
            </Button>
          )}
        </Group>
        <Button look="primary" type="submit" busy={busy}>
          {app.save}
        </Button>
      </form>
    </Part>
  )
}
