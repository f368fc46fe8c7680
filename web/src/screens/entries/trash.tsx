import { ArrowLeft, Trash2 } from 'lucide'
import { useEffect, useState } from 'preact/hooks'
import { client } from '../../client.ts'
import { entries, online, sync, trashedEntries, write } from '../../device.ts'
import { sentenceOf } from '../../failures.ts'
import { dayAndMonthAt, fullDay } from '../../format.ts'
import { app, entries as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { EntryItem } from '../../ui/entry-item.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { toast } from '../../ui/toast.tsx'
import { isLocal, purged, renewTrash, serverTrash, type Trashed, trashOf } from './trashed.ts'

/** Deleted entries: to restore, or to delete for good. */
export function Trash() {
  const [asking, ask] = useState<Trashed | 'all'>()
  const [wrong, complain] = useState<string>()
  useEffect(() => void sync().then(renewTrash), [entries.value])
  const living = new Set(entries.value.map(({ id }) => id))
  const trash = trashOf(serverTrash.value, trashedEntries.value, living, purged.value)

  /** The server is needed for what it has heard of. */
  const cannotPurge = (some: readonly Trashed[]) => !online.value && !some.every(isLocal)

  async function attempt(work: () => Promise<unknown>) {
    complain(undefined)
    try {
      await work()
    } catch (error) {
      complain(sentenceOf(error))
    }
  }

  const restore = ({ entry: { id } }: Trashed) =>
    attempt(async () => {
      // One that was deleted before this device knew of it is restored on the server, and comes by itself.
      const isHere = trashedEntries.value.some(entry => entry.id === id)
      if (isHere) await write(engine => engine.moods.restore(id))
      else await client.moods.restore(id)
      await sync()
      toast(texts.restored)
    })

  const purge = (one: Trashed | 'all') =>
    attempt(async () => {
      ask(undefined)
      const all = one === 'all' ? trash : [one]
      if (!all.every(isLocal)) {
        await sync()
        if (one === 'all') await client.moods.emptyTrash()
        else await client.moods.delete(one.entry.id, { permanently: true })
        await renewTrash()
      }
      await write(engine => Promise.all(all.filter(isLocal).map(({ entry: { id } }) => engine.moods.forget(id))))
    })

  return (
    <Page
      title={texts.trash}
      actions={
        trash.length > 0 && (
          <Button look="danger" icon={Trash2} disabled={cannotPurge(trash)} onClick={() => ask('all')}>
            {texts.emptyTrash}
          </Button>
        )
      }
    >
      <p class="entries-back">
        <a class="button button-plain" href="/app/entries">
          <Icon of={ArrowLeft} /> {texts.back}
        </a>
      </p>
      {cannotPurge(trash) && <Notice>{texts.trashOffline}</Notice>}
      {wrong && <Notice tone="danger">{wrong}</Notice>}
      {trash.length === 0 ? (
        <EmptyState icon={Trash2} title={texts.trashEmpty}>
          <p>{texts.trashWhy}</p>
        </EmptyState>
      ) : (
        <ul class="entries-trash">
          {trash.map(one => (
            <li key={one.entry.id} class="card">
              <p class="entries-when">
                {fullDay(one.entry.value.date)}
                <small>
                  {[isLocal(one) && texts.onlyHere, one.purgesAt && texts.purgesOn(dayAndMonthAt(one.purgesAt))]
                    .filter(Boolean)
                    .join(' · ')}
                </small>
              </p>
              <EntryItem entry={one.entry} />
              <div class="entries-choices">
                <Button class="button-deletes" look="plain" disabled={cannotPurge([one])} onClick={() => ask(one)}>
                  {texts.purge}
                </Button>
                <Button onClick={() => void restore(one)}>{texts.restore}</Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {asking && (
        <Dialog
          title={asking === 'all' ? texts.emptyTitle : texts.purgeTitle}
          onClose={() => ask(undefined)}
          actions={
            <>
              <Button onClick={() => ask(undefined)}>{app.cancel}</Button>
              <Button look="danger" onClick={() => void purge(asking)}>
                {asking === 'all' ? texts.emptyTrash : texts.purge}
              </Button>
            </>
          }
        >
          <p>{asking === 'all' ? texts.emptyWhy(trash.length) : texts.purgeWhy}</p>
        </Dialog>
      )}
    </Page>
  )
}
