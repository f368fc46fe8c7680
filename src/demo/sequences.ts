import type { SequenceItem } from '../vocabulary.ts'
import { inCatalogue } from '../yoga/catalogue.ts'
import { readItem, type SentItem } from '../yoga/items.ts'
import type { SequenceFields } from '../yoga/sequences.ts'

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
        'warm-up',
        { pose_id: 'easy', breaths: 10, cue: 'Let the breath come and go by itself.' },
        { pose_id: 'cat', breaths: 6 },
        { pose_id: 'cow', breaths: 6 },
        { pose_id: 'thread-the-needle', breaths: 5 },
        { pose_id: 'downward-dog', breaths: 8, cue: 'Bend the knees; a long back matters more than straight legs.' },
        { pose_id: 'low-lunge', breaths: 6 },
      ),
      ...inSection(
        'peak',
        { pose_id: 'warrior-2', breaths: 8, cue: 'Press the outer edge of the back foot down.' },
        { pose_id: 'triangle', breaths: 6, cue: 'Shorter stance, longer waist.' },
        { pose_id: 'tree', breaths: 6 },
      ),
      ...inSection(
        'cool-down',
        { pose_id: 'wide-legged-forward-bend', breaths: 8 },
        { pose_id: 'bound-angle', breaths: 10 },
        { pose_id: 'supine-twist', breaths: 6 },
        { pose_id: 'corpse', seconds: 240 },
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
        'warm-up',
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
        'peak',
        { pose_id: 'wheel', breaths: 5, cue: 'Crown of the head first; wait there; then straighten the arms.' },
        { name: 'Rest on the back, knees together', breaths: 6 },
        { pose_id: 'wheel', breaths: 5 },
      ),
      ...inSection(
        'cool-down',
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
]

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
