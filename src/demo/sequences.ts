import type { DayNumber } from '../moods/calendar.ts'
import type { SequenceItem } from '../vocabulary.ts'
import { inCatalogue } from '../yoga/catalogue.ts'
import { readItem, type SentItem } from '../yoga/items.ts'
import type { SequenceFields } from '../yoga/sequences.ts'
import { demoMoods } from './moods.ts'

/** The sequences of the demo account, and their practices. */

/** The items as the API would store them; a test checks them. */
function items(sent: SentItem[]): SequenceItem[] {
  return sent.map(item => readItem(item, inCatalogue) as SequenceItem)
}

const inSection = (section: string, ...poses: SentItem[]): SentItem[] => poses.map(pose => ({ ...pose, section }))

export const demoSequences: readonly SequenceFields[] = [
  {
    title: 'Twenty minutes before breakfast',
    description: 'Wakes the back, the hips and the legs; nothing that needs props.',
    category: 'morning',
    tags: ['short', 'standing', 'hips'],
    level: 'beginner',
    visibility: 'published',
    archived: false,
    poses: items([
      ...inSection(
        'Warm-up',
        { pose_id: 'easy', breaths: 20, cue: 'Let the breath come and go by itself.' },
        { pose_id: 'cat', breaths: 8 },
        { pose_id: 'cow', breaths: 8 },
        { pose_id: 'thread-the-needle', breaths: 8 },
        { pose_id: 'downward-dog', breaths: 12, cue: 'Bend the knees; a long back matters more than straight legs.' },
        { pose_id: 'low-lunge', breaths: 8 },
      ),
      ...inSection(
        'Peak',
        { pose_id: 'warrior-2', breaths: 8, cue: 'Press the outer edge of the back foot down.' },
        { pose_id: 'triangle', breaths: 8, cue: 'Shorter stance, longer waist.' },
        { pose_id: 'tree', breaths: 8 },
      ),
      ...inSection(
        'Cool-down',
        { pose_id: 'wide-legged-forward-bend', breaths: 10 },
        { pose_id: 'bound-angle', breaths: 16 },
        { pose_id: 'supine-twist', breaths: 10 },
        { pose_id: 'corpse', seconds: 330 },
      ),
    ]),
  },
  {
    title: 'Toward Wheel',
    description: 'Shoulders and hip flexors first, then the back; for people who know Bridge well.',
    category: 'backbends',
    tags: ['backbend', 'shoulders'],
    level: 'advanced',
    visibility: 'private',
    archived: false,
    poses: items([
      ...inSection(
        'Warm-up',
        { pose_id: 'child', breaths: 10 },
        { pose_id: 'puppy', breaths: 10 },
        { pose_id: 'downward-dog', breaths: 10 },
        { pose_id: 'low-lunge', breaths: 8, cue: 'Tail down before the chest comes up.' },
        { pose_id: 'sphinx', breaths: 10 },
        { pose_id: 'locust', breaths: 4 },
        { pose_id: 'locust', breaths: 4 },
        { pose_id: 'camel', breaths: 6 },
        { pose_id: 'bridge', breaths: 8 },
      ),
      ...inSection(
        'Peak',
        { pose_id: 'wheel', breaths: 5, cue: 'Crown of the head first; wait there; then straighten the arms.' },
        { name: 'Rest on the back, knees together', breaths: 6 },
        { pose_id: 'wheel', breaths: 5 },
      ),
      ...inSection(
        'Cool-down',
        { pose_id: 'knees-to-chest', breaths: 10 },
        { pose_id: 'supine-twist', breaths: 10 },
        { pose_id: 'seated-forward-bend', breaths: 10 },
        { pose_id: 'corpse', seconds: 420 },
      ),
    ]),
  },
  {
    title: 'An evening on the floor',
    description: 'Everything held long, with as many blankets as there are.',
    category: 'restorative',
    tags: ['evening', 'quiet'],
    level: 'beginner',
    visibility: 'private',
    archived: false,
    poses: items([
      { pose_id: 'crocodile', seconds: 120 },
      { pose_id: 'child', seconds: 180 },
      { pose_id: 'reclining-bound-angle', seconds: 300 },
      { pose_id: 'figure-four', seconds: 90 },
      { pose_id: 'supine-twist', seconds: 120 },
      { pose_id: 'legs-up-the-wall', seconds: 480 },
      { pose_id: 'corpse', seconds: 420, cue: 'Nothing to do.' },
    ]),
  },
  {
    title: 'Thursday: hips and hamstrings',
    description: 'Half done. Ask the group about knees first.',
    category: null,
    tags: ['class', 'hips'],
    level: 'intermediate',
    visibility: 'private',
    archived: false,
    poses: items([
      ...inSection(
        'Warm-up',
        { pose_id: 'child', breaths: 10 },
        { pose_id: 'downward-dog', breaths: 8 },
        { pose_id: 'low-lunge', breaths: 8, side: 'left', cue: 'Back knee on a blanket.' },
        { pose_id: 'low-lunge', breaths: 8, side: 'right' },
      ),
      ...inSection('Peak', {
        pose_id: 'pigeon',
        breaths: 12,
        side: 'left',
        cue: 'Shin forward only as far as the knee likes.',
      }),
    ]),
  },
]

/** The sequence that is not finished: checking it finds what is missing. */
export const demoDraft = 3

/** One invented practice. */
export interface DemoPractice {
  /** The index of the sequence. */
  sequence: number
  daysAgo: number
  note: string | null
}

export const demoPractices: readonly DemoPractice[] = [
  { sequence: 0, daysAgo: 1, note: 'Left hip freer than the right today.' },
  { sequence: 2, daysAgo: 2, note: null },
  { sequence: 0, daysAgo: 4, note: null },
  { sequence: 0, daysAgo: 6, note: 'Only half awake, good all the same.' },
  { sequence: 1, daysAgo: 9, note: 'Two long wheels. Shoulders want more time.' },
  { sequence: 0, daysAgo: 11, note: null },
  { sequence: 2, daysAgo: 12, note: 'Fell asleep in Legs-up-the-Wall.' },
  { sequence: 0, daysAgo: 15, note: null },
  { sequence: 1, daysAgo: 19, note: null },
  { sequence: 0, daysAgo: 22, note: null },
]

/** The practices of earlier days: one on each that is tagged with yoga, so that what the tag says holds for them too. */
export function demoPracticesBefore(today: DayNumber): DemoPractice[] {
  const isYoga = (daysAgo: number) => demoMoods(today - daysAgo, daysAgo).some(({ tags }) => tags.includes('yoga'))
  return Array.from({ length: earlierPractices }, (_, n) => n + firstEarlier)
    .filter(isYoga)
    .map((daysAgo, n) => ({ sequence: n % 8 === 7 ? 2 : 0, daysAgo, note: null }))
}
const firstEarlier = 23
const earlierPractices = 340
