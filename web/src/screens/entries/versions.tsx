import { useEffect, useState } from 'preact/hooks'
import type { MoodRevisions } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import type { Entry } from '../../days.ts'
import { changeEntry } from '../../entry-writes.ts'
import { isUnreached, sentenceOf } from '../../failures.ts'
import { dayAndTime, fullDay } from '../../format.ts'
import { entries as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EntryItem } from '../../ui/entry-item.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'

type Version = MoodRevisions['revisions'][number]

/** What an entry was before it was changed: the server knows. One of them can be brought back. */
export function Versions({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const [versions, show] = useState<readonly Version[]>()
  const [wrong, complain] = useState<string>()
  useEffect(() => {
    client.moods.revisions(entry.id, { per_page: 100 }).then(({ revisions }) => show(revisions), explain)
  }, [entry.id])

  const explain = (error: unknown) => complain(isUnreached(error) ? texts.historyOffline : sentenceOf(error))

  async function restore({ mood, note, tags, date, occurred_at, timezone }: Version) {
    const { value: now } = entry
    try {
      const isMoved = date !== now.date || occurred_at !== now.occurred_at
      await changeEntry(entry.id, { mood, note, tags, ...(isMoved && { date, occurred_at, timezone }) })
      toast(texts.versionRestored, () =>
        changeEntry(entry.id, {
          mood: now.mood,
          note: now.note,
          tags: now.tags,
          ...(isMoved && { date: now.date, occurred_at: now.occurred_at, timezone: now.timezone }),
        }),
      )
      onClose()
    } catch (error) {
      explain(error)
    }
  }

  return (
    <Dialog title={texts.history} onClose={onClose}>
      {wrong && <Notice tone="warn">{wrong}</Notice>}
      {!versions && !wrong && <Skeleton lines={2} />}
      {versions?.length === 0 && <p>{texts.noHistory}</p>}
      {versions && versions.length > 0 && (
        <ol class="entries-versions">
          <li>
            <h3>{texts.current}</h3>
            <EntryItem entry={entry} />
          </li>
          {versions.map(version => (
            <li key={version.revision}>
              <h3>
                {texts.until(dayAndTime(version.replaced_at))}
                {version.date !== entry.value.date && ` · ${fullDay(version.date)}`}
              </h3>
              <EntryItem entry={asEntry(entry, version)} />
              <Button onClick={() => void restore(version)}>{texts.restoreVersion}</Button>
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  )
}

function asEntry({ kind, id, value }: Entry, version: Version): Entry {
  return { kind, id, value: { ...value, ...version }, deleted: false, pending: false }
}
