import { useSignal } from '@preact/signals'
import { Archive, ArchiveRestore, Copy, Globe, GlobeLock, Pencil, Play, Trash2 } from 'lucide'
import { useEffect } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { ApiProblem } from '../../../../client/src/problem.ts'
import type { Sequence, SequenceChanges } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { sequences, sync } from '../../device.ts'
import { sentenceOf } from '../../failures.ts'
import { wordsFor } from '../../format.ts'
import { app, yoga as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { minutesOf, onClock, secondsOnce, startsOf } from './duration.ts'
import { openSequence, sequenceAtHand } from './library.ts'
import { isInstructor } from './yoga.tsx'

/** A sequence to read: what comes after what, and what can be done with it. */
export function SequenceView({ id }: { id: string }) {
  const { route } = useLocation()
  const found = useSignal<Sequence | undefined>(sequenceAtHand(id))
  const failure = useSignal<string | undefined>(undefined)
  const busy = useSignal(false)
  const deleting = useSignal(false)
  const own = sequences.value.find(thing => thing.id === id)?.value
  useEffect(() => {
    openSequence(id).then(
      sequence => {
        found.value = sequence
      },
      error => {
        failure.value = sentenceOf(error)
      },
    )
  }, [id])
  const sequence = own ?? found.value
  if (!sequence) {
    return (
      <Page title={texts.title} titleHidden>
        {failure.value ? (
          <EmptyState title={failure.value}>
            <a href="/app/yoga">{texts.backToYoga}</a>
          </EmptyState>
        ) : (
          <Skeleton />
        )}
      </Page>
    )
  }
  const act = async (work: () => Promise<unknown>) => {
    busy.value = true
    try {
      await work()
      await sync()
    } catch (error) {
      const isStale = error instanceof ApiProblem && error.code === 'stale_version'
      toast(isStale ? texts.changedMeanwhile : sentenceOf(error))
      if (isStale) await sync()
    }
    busy.value = false
  }
  const ifMatch = `"${sequence.revision}-"`
  const change = (changes: SequenceChanges) => act(() => client.sequences.update(id, changes, { ifMatch }))
  const copy = () =>
    act(async () => {
      const made = await client.sequences.copy(id)
      await sync()
      toast(texts.copied(made.title))
      route(`/app/yoga/sequences/${made.id}${isInstructor() ? '/edit' : ''}`)
    })
  const remove = () =>
    act(async () => {
      deleting.value = false
      await client.sequences.delete(id, { ifMatch })
      await sync()
      route('/app/yoga')
    })
  const canEdit = sequence.own && isInstructor()
  const isPublished = sequence.visibility === 'published'
  const starts = startsOf(sequence.poses)
  return (
    <Page title={sequence.title}>
      <p class="yoga-facts yoga-view-facts">
        <span>{texts.minutes(minutesOf(sequence.total_seconds))}</span>
        <span>{texts.poseCount(sequence.pose_count)}</span>
        {sequence.level && <span>{wordsFor(texts.levels, sequence.level)}</span>}
        <span dir="auto">{sequence.own ? texts.yours : texts.by(sequence.author)}</span>
        {sequence.own && isPublished && <span class="yoga-published">{texts.isPublished}</span>}
      </p>
      {sequence.description && (
        <p class="yoga-description" dir="auto">
          {sequence.description}
        </p>
      )}
      {sequence.tags.length > 0 && (
        <p class="yoga-tags">
          {sequence.tags.map(tag => (
            <span class="chip" key={tag} dir="auto">
              {tag}
            </span>
          ))}
        </p>
      )}
      <div class="yoga-actions">
        <Button
          look="primary"
          icon={Play}
          disabled={sequence.poses.length === 0}
          onClick={() => route(`/app/yoga/sequences/${id}/class`)}
        >
          {texts.practise}
        </Button>
        {canEdit && (
          <Button icon={Pencil} onClick={() => route(`/app/yoga/sequences/${id}/edit`)}>
            {texts.edit}
          </Button>
        )}
        <Button icon={Copy} busy={busy.value} onClick={copy}>
          {texts.copy}
        </Button>
        {canEdit && (
          <Button
            icon={isPublished ? GlobeLock : Globe}
            busy={busy.value}
            onClick={() => change({ visibility: isPublished ? 'private' : 'published' })}
          >
            {isPublished ? texts.unpublish : texts.publish}
          </Button>
        )}
        {canEdit && (
          <Button
            icon={sequence.archived ? ArchiveRestore : Archive}
            busy={busy.value}
            onClick={() => change({ archived: !sequence.archived })}
          >
            {sequence.archived ? texts.unarchive : texts.archive}
          </Button>
        )}
        {sequence.own && (
          <Button
            look="danger"
            icon={Trash2}
            onClick={() => {
              deleting.value = true
            }}
          >
            {app.delete}
          </Button>
        )}
      </div>
      {sequence.poses.length === 0 && <EmptyState title={texts.noPoses} />}
      <ol class="yoga-steps">
        {sequence.poses.map((item, i) => (
          <li key={item.position}>
            {item.section !== null && item.section !== sequence.poses[i - 1]?.section && (
              <h2 class="yoga-steps-section" dir="auto">
                {item.section}
              </h2>
            )}
            <div class="yoga-step">
              <span class="yoga-start number">{onClock(starts[i] ?? 0)}</span>
              <span class="yoga-step-text">
                <span class="yoga-step-name" dir="auto">
                  {item.name}
                </span>
                {item.cue && (
                  <span class="yoga-cue" dir="auto">
                    {item.cue}
                  </span>
                )}
              </span>
              <span class="yoga-held number">
                {item.breaths ? texts.breaths(item.breaths) : onClock(secondsOnce(item))}
                {item.side && <span class="yoga-side">{wordsFor(texts.sides, item.side)}</span>}
              </span>
            </div>
          </li>
        ))}
      </ol>
      {deleting.value && (
        <Dialog
          title={texts.deleteSure(sequence.title)}
          onClose={() => {
            deleting.value = false
          }}
          actions={
            <>
              <Button
                onClick={() => {
                  deleting.value = false
                }}
              >
                {app.cancel}
              </Button>
              <Button look="danger" onClick={remove}>
                {app.delete}
              </Button>
            </>
          }
        >
          <p>{texts.deleteWhy}</p>
        </Dialog>
      )}
    </Page>
  )
}
