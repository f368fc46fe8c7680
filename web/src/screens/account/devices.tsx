import { useState } from 'preact/hooks'
import { client } from '../../client.ts'
import { sentenceOf } from '../../failures.ts'
import { dayAndTime, wordsFor } from '../../format.ts'
import { account as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { useLoaded } from '../../ui/use-loaded.ts'
import { deviceName } from './device-name.ts'
import { Group, Part } from './part.tsx'

const { devices: words } = texts
const eventsAPage = 20

/** Where one is signed in, and what has happened to the account. */
export function Devices() {
  return (
    <Part title={words.title}>
      <Sessions />
      <Events />
    </Part>
  )
}

function Sessions() {
  const loaded = useLoaded(async () => (await client.sessions.list()).sessions)
  const [error, setError] = useState<string>()
  const ending = async (work: () => Promise<unknown>, said: string) => {
    try {
      await work()
      await loaded.reload()
      toast(said)
    } catch (problem) {
      setError(sentenceOf(problem))
    }
  }
  return (
    <Group title={words.sessions}>
      {error && <Notice tone="danger">{error}</Notice>}
      <Loading of={loaded}>
        {sessions => (
          <>
            <ul class="card-list account-list">
              {[...sessions]
                .sort((a, b) => Number(b.current) - Number(a.current))
                .map(one => (
                  <li key={one.id}>
                    <span>
                      <strong>{deviceName(one.device) ?? words.unknown}</strong>
                      <small>
                        {one.current ? words.here : words.used(dayAndTime(one.last_used_at))}
                        {one.ip && ` · ${one.ip}`}
                      </small>
                    </span>
                    {!one.current && (
                      <Button look="plain" onClick={() => ending(() => client.sessions.end(one.id), words.ended)}>
                        {words.end}
                      </Button>
                    )}
                  </li>
                ))}
            </ul>
            {sessions.length > 1 && (
              <Button onClick={() => ending(() => client.sessions.endOthers(), words.othersEnded)}>
                {words.endOthers}
              </Button>
            )}
          </>
        )}
      </Loading>
    </Group>
  )
}

function Events() {
  const [pages, setPages] = useState(1)
  const loaded = useLoaded(async () => {
    const all = await Promise.all(
      Array.from({ length: pages }, (_, i) => client.account.events({ page: i + 1, per_page: eventsAPage })),
    )
    return { events: all.flatMap(({ events }) => events), total: all[0]?.total ?? 0 }
  }, [pages])
  return (
    <Group title={words.events} hint={words.eventsHint}>
      <Loading of={loaded}>
        {({ events, total }) => (
          <>
            <ul class="card-list account-list">
              {events.map(one => (
                <li key={one.id}>
                  <span>
                    <strong>{wordsFor(words.kinds, one.kind)}</strong>
                    <small>
                      <time dateTime={one.at}>{dayAndTime(one.at)}</time>
                      {one.device && ` · ${deviceName(one.device)}`}
                      {one.ip && ` · ${one.ip}`}
                    </small>
                  </span>
                </li>
              ))}
            </ul>
            {events.length < total && <Button onClick={() => setPages(pages + 1)}>{words.more}</Button>}
          </>
        )}
      </Loading>
    </Group>
  )
}
