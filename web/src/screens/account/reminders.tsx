import { BellOff, BellRing } from 'lucide'
import { useEffect, useState } from 'preact/hooks'
import type { Profile, ProfileChanges, PushSettings } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { keepProfile, profile, settings } from '../../device.ts'
import { sentenceOf } from '../../failures.ts'
import { dayAndTime, time } from '../../format.ts'
import { endPush, idHere, type PushState, pushState, startPush } from '../../push.ts'
import { account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Loaded, useLoaded } from '../../ui/use-loaded.ts'
import { Group, Part } from './part.tsx'
import { evening } from './reminder-times.ts'

const { reminders: words } = texts

/** `20:30`, or `8:30 pm`. */
const shown = (at: string) => time(`2000-01-01T${at}:00Z`, 'UTC')

/** What the reminders are, in a line; undefined while nobody knows. */
export function remindersSummary(mine: Profile | undefined): string | undefined {
  return mine && words.summary(mine.reminder_at ? shown(mine.reminder_at) : undefined, mine.digest === 'weekly')
}

/** When the app may speak up, and where. */
export function Reminders() {
  const mine = profile.value
  const push = useLoaded(async () => {
    const told = await client.push.get()
    return { told, here: await idHere(), state: await pushState(told) }
  })
  // The permission may have been changed in the settings of the browser meanwhile.
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void push.reload()
    }
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [push.reload])
  return (
    <Part title={words.title}>
      {mine ? <Streak mine={mine} devices={push.value?.told.subscriptions.length} /> : <Skeleton />}
      <Devices push={push} />
      {mine && <Digest mine={mine} />}
    </Part>
  )
}

/** Saves at once what is chosen, and says why it could not. */
function useSaved() {
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const save = async (changes: ProfileChanges) => {
    setBusy(true)
    setError(undefined)
    try {
      await keepProfile(await client.profile.update(changes))
      toast(texts.saved)
    } catch (problem) {
      setError(sentenceOf(problem))
    } finally {
      setBusy(false)
    }
  }
  return { save, busy, error }
}

function Streak({ mine, devices }: { mine: Profile; devices: number | undefined }) {
  const { save, busy, error } = useSaved()
  const isUnheard = mine.reminder_at !== null && devices === 0 && !mine.email_verified
  return (
    <Group title={words.streak} hint={words.streakHint}>
      <Select
        // What the server did not take is no longer shown.
        key={error}
        label={words.time}
        value={mine.reminder_at ?? ''}
        disabled={busy}
        error={error}
        hint={words.timeHint(settings.value.timezone)}
        onChange={event => save({ reminder_at: event.currentTarget.value || null })}
      >
        <option value="">{words.off}</option>
        {evening(settings.value.day_starts_at, mine.reminder_at).map(at => (
          <option key={at} value={at}>
            {shown(at)}
          </option>
        ))}
      </Select>
      {isUnheard && <Notice tone="warn">{words.unheard}</Notice>}
    </Group>
  )
}

interface Push {
  told: PushSettings
  here: string | undefined
  state: PushState
}

function Devices({ push }: { push: Loaded<Push> }) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const working = async (work: () => Promise<unknown>) => {
    setBusy(true)
    setError(undefined)
    try {
      await work()
    } catch (problem) {
      setError(problem instanceof DOMException ? words.noService : sentenceOf(problem))
    } finally {
      await push.reload()
      setBusy(false)
    }
  }
  const start = async () => {
    if (await startPush()) toast(words.started)
  }
  const stop = async () => {
    await endPush()
    toast(words.stopped)
  }
  return (
    <Group title={words.devices} hint={words.devicesHint}>
      <Loading of={push} lines={1}>
        {({ told, here, state }) => (
          <>
            {state === 'off' && (
              <Button icon={BellRing} busy={busy} onClick={() => working(start)}>
                {words.start}
              </Button>
            )}
            {state === 'on' && (
              <Notice
                icon={BellRing}
                action={
                  <Button look="plain" busy={busy} onClick={() => working(stop)}>
                    {words.stop}
                  </Button>
                }
              >
                {words.on}
              </Notice>
            )}
            {state !== 'on' && state !== 'off' && <Notice icon={BellOff}>{words.states[state]}</Notice>}
            {error && <Notice tone="danger">{error}</Notice>}
            <Others
              devices={told.subscriptions.filter(({ id }) => !(state === 'on' && id === here))}
              onRemove={id => working(() => client.push.unsubscribe(id))}
            />
          </>
        )}
      </Loading>
    </Group>
  )
}

/** The same account in other browsers, such as a phone that is lost. */
function Others({
  devices,
  onRemove,
}: {
  devices: PushSettings['subscriptions']
  onRemove: (id: string) => Promise<void>
}) {
  if (devices.length === 0) return null
  return (
    <ul class="card-list account-list" aria-label={words.others}>
      {devices.map(({ id, service, created_at }) => (
        <li key={id}>
          <span>
            <strong>{words.browser(service)}</strong>
            <small>{words.since(dayAndTime(created_at))}</small>
          </span>
          <Button look="plain" onClick={() => onRemove(id)}>
            {words.remove}
          </Button>
        </li>
      ))}
    </ul>
  )
}

function Digest({ mine }: { mine: Profile }) {
  const { save, busy, error } = useSaved()
  const options = [
    { value: 'off', label: words.off },
    { value: 'weekly', label: words.weekly },
  ] as const
  return (
    <Group title={words.digest} hint={words.digestHint}>
      {mine.email_verified || mine.digest === 'weekly' ? (
        <Segmented
          // What the server did not take is no longer shown.
          key={error}
          label={words.digest}
          options={options}
          value={mine.digest}
          onChange={digest => {
            if (!busy) void save({ digest })
          }}
        />
      ) : (
        <Notice
          action={
            <a class="button button-plain" href="/app/account/sign-in">
              {texts.signIn.title}
            </a>
          }
        >
          {mine.email ? words.unverified : words.noEmail}
        </Notice>
      )}
      {error && <Notice tone="danger">{error}</Notice>}
    </Group>
  )
}
