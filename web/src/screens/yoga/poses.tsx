import { useSignal } from '@preact/signals'
import { CloudOff, Plus, SearchX } from 'lucide'
import type { Pose } from '../../../../client/src/wire.ts'
import { online } from '../../device.ts'
import { number, wordsFor } from '../../format.ts'
import { yoga as texts } from '../../texts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { onClock } from './duration.ts'
import { poses } from './library.ts'
import { PoseFilters } from './pose-filters.tsx'
import { PoseForm } from './pose-form.tsx'
import { filterPoses, noFilter } from './search.ts'
import { Tabs } from './tabs.tsx'
import { isInstructor } from './yoga.tsx'

/** The catalogue, and an instructor's own poses. */
export function Poses() {
  const filter = useSignal(noFilter)
  const shown = useSignal<Pose | undefined>(undefined)
  const editing = useSignal<Pose | 'new' | undefined>(undefined)
  const all = poses.value
  const found = all && filterPoses(all, filter.value)
  return (
    <Page
      title={texts.title}
      actions={
        isInstructor() && (
          <Button
            icon={Plus}
            onClick={() => {
              editing.value = 'new'
            }}
          >
            {texts.newPose}
          </Button>
        )
      }
    >
      <Tabs here="/app/yoga/poses" />
      <PoseFilters filter={filter} hasOwn={all?.some(({ own }) => own) ?? false} />
      {!found && online.value && <Skeleton />}
      {!found && !online.value && (
        <EmptyState icon={CloudOff} title={texts.noPosesYet}>
          <p>{texts.noPosesYetWhy}</p>
        </EmptyState>
      )}
      {found && (
        <p class="yoga-found" role="status">
          {texts.poseCount(found.length)}
        </p>
      )}
      {found?.length === 0 && (
        <EmptyState icon={SearchX} title={texts.noneFound}>
          <Button
            onClick={() => {
              filter.value = noFilter
            }}
          >
            {texts.clearFilters}
          </Button>
        </EmptyState>
      )}
      {found && found.length > 0 && (
        <ul class="yoga-poses">
          {found.map(pose => (
            <li key={pose.id}>
              <button
                type="button"
                class="yoga-pose"
                onClick={() => {
                  shown.value = pose
                }}
              >
                <PoseText pose={pose} />
                <span class="yoga-held number">{onClock(pose.hold_seconds)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {shown.value && (
        <PoseDetails
          pose={shown.value}
          onClose={() => {
            shown.value = undefined
          }}
          onEdit={pose => {
            shown.value = undefined
            editing.value = pose
          }}
        />
      )}
      {editing.value && (
        <PoseForm
          {...(editing.value !== 'new' && { pose: editing.value })}
          onClose={() => {
            editing.value = undefined
          }}
        />
      )}
    </Page>
  )
}

/** Name, Sanskrit name and level. */
export function PoseText({ pose: { name, sanskrit_name: sanskrit, level, own } }: { pose: Pose }) {
  return (
    <span class="yoga-pose-text">
      <span class="yoga-pose-name">{name}</span>
      <span class="yoga-facts">
        {sanskrit && <i lang="sa-Latn">{sanskrit}</i>}
        <span>{wordsFor(texts.levels, level)}</span>
        {own && <span class="yoga-published">{texts.own}</span>}
      </span>
    </span>
  )
}

interface Details {
  pose: Pose
  onClose: () => void
  onEdit: (pose: Pose) => void
}

function PoseDetails({ pose, onClose, onEdit }: Details) {
  return (
    <Dialog
      title={pose.name}
      onClose={onClose}
      actions={pose.own && <Button onClick={() => onEdit(pose)}>{texts.edit}</Button>}
    >
      {pose.sanskrit_name && (
        <p class="yoga-sanskrit" lang="sa-Latn">
          {pose.sanskrit_name}
        </p>
      )}
      <p class="yoga-tags">
        <span class="chip">{wordsFor(texts.levels, pose.level)}</span>
        {pose.categories.map(kind => (
          <span class="chip" key={kind}>
            {wordsFor(texts.kinds, kind)}
          </span>
        ))}
      </p>
      <p>
        {texts.held(number(pose.hold_seconds))} {pose.two_sided ? texts.onEachSide : ''}
      </p>
      {pose.benefits && <p>{pose.benefits}</p>}
      {pose.cautions && (
        <p class="yoga-cautions">
          <b>{texts.careful}</b> {pose.cautions}
        </p>
      )}
    </Dialog>
  )
}
