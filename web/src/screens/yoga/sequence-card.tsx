import type { SequenceList } from '../../../../client/src/wire.ts'
import { wordsFor } from '../../format.ts'
import { yoga as texts } from '../../texts.ts'
import { minutesOf } from './duration.ts'

type Summary = SequenceList['sequences'][number]

/** A sequence in a list. */
export function SequenceCard({ sequence }: { sequence: Summary }) {
  const { id, title, description, level, own, author, visibility, pose_count: poses, total_seconds } = sequence
  return (
    <li class="yoga-card">
      <a href={`/app/yoga/sequences/${id}`}>
        <span class="yoga-card-time number" aria-hidden="true">
          <b>{minutesOf(total_seconds)}</b> {texts.min}
        </span>
        <span class="yoga-card-text">
          <span class="yoga-card-title" dir="auto">
            {title}
          </span>
          {description && (
            <span class="yoga-card-more" dir="auto">
              {description}
            </span>
          )}
          <span class="yoga-facts">
            <span class="visually-hidden">{texts.minutes(minutesOf(total_seconds))}</span>
            <span>{texts.poseCount(poses)}</span>
            {level && <span>{wordsFor(texts.levels, level)}</span>}
            {!own && <span dir="auto">{author}</span>}
            {own && visibility === 'published' && <span class="yoga-published">{texts.isPublished}</span>}
          </span>
        </span>
      </a>
    </li>
  )
}
