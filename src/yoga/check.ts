import { searchable } from '../fold.ts'
import type { PoseCategory, SequenceItem } from '../vocabulary.ts'
import { secondsOf, secondsOnce, secondsPerBreath, totalSeconds } from './items.ts'
import type { Pose, PoseFinder } from './poses.ts'

/** The objections of a teacher to a sequence: each finding with its positions and its reason. */

export const findingCodes = [
  'empty',
  'too_short',
  'too_long',
  'side_missing',
  'side_needless',
  'uneven_sides',
  'no_warm_up',
  'peak_unprepared',
  'no_counter_pose',
  'no_rest',
] as const

export interface Finding {
  code: (typeof findingCodes)[number]
  /** From 1. */
  positions: number[]
  message: string
}

export interface Check {
  total_seconds: number
  target_seconds: number | null
  left_seconds: number
  right_seconds: number
  /** The positions of the peaks: the section called "peak", or else the hard poses. */
  peaks: number[]
  findings: Finding[]
}

/** The tolerated deviation from the target. */
const tolerance = 0.1
/** A sequence this long (seconds) should end in rest. */
const longEnoughForRest = 600
/** A quiet seat of this many seconds is an ending too. */
const longSeat = 60

/** The categories that prepare a demanding pose, and those that counter it afterwards. */
const needs: Partial<Record<PoseCategory, { before: PoseCategory[]; after: PoseCategory[] }>> = {
  backbend: { before: ['backbend', 'shoulder-opener'], after: ['forward-bend', 'twist', 'restorative'] },
  inversion: { before: ['inversion', 'shoulder-opener', 'core'], after: ['restorative', 'forward-bend', 'backbend'] },
  'arm-balance': { before: ['core', 'shoulder-opener'], after: ['restorative', 'forward-bend'] },
  'forward-bend': { before: ['forward-bend'], after: ['backbend', 'restorative'] },
  'hip-opener': { before: ['hip-opener'], after: ['restorative', 'twist', 'forward-bend'] },
  twist: { before: ['twist'], after: ['forward-bend', 'restorative'] },
}
const demanding: readonly PoseCategory[] = ['backbend', 'inversion', 'arm-balance']

interface Placed extends SequenceItem {
  position: number
  pose: Pose | undefined
}

/**
 * Checks a sequence.
 * @param targetSeconds the intended length, if given.
 */
export function checkSequence(items: readonly SequenceItem[], poseOf: PoseFinder, targetSeconds?: number): Check {
  const placed = items.map((item, i) => ({
    ...item,
    position: i + 1,
    pose: item.pose_id === null ? undefined : poseOf(item.pose_id),
  }))
  const peaks = peaksOf(placed)
  const total = totalSeconds(items)
  return {
    total_seconds: total,
    target_seconds: targetSeconds ?? null,
    left_seconds: secondsOn('left', items),
    right_seconds: secondsOn('right', items),
    peaks: peaks.map(({ position }) => position),
    findings: [
      ...emptiness(placed),
      ...time(total, targetSeconds),
      ...sidesSaid(placed),
      ...sidesEven(placed),
      ...warmUp(placed, peaks, total),
      ...peaks.flatMap(peak => aroundPeak(peak, placed, peaks)),
      ...rest(placed, total),
    ],
  }
}

function emptiness(items: readonly Placed[]): Finding[] {
  return items.length === 0 ? [{ code: 'empty', positions: [], message: 'The sequence has no poses yet.' }] : []
}

function time(total: number, target: number | undefined): Finding[] {
  if (target === undefined || Math.abs(total - target) <= target * tolerance) return []
  const [code, difference] =
    total < target
      ? (['too_short', `${inWords(target - total)} too short`] as const)
      : (['too_long', `${inWords(total - target)} too long`] as const)
  const message = `It takes ${inWords(total)} of the intended ${inWords(target)}: ${difference}.`
  return [{ code, positions: [], message }]
}

/** Whether each pose names a side exactly when it has two. */
function sidesSaid(items: readonly Placed[]): Finding[] {
  return items.flatMap(({ pose, side, position, name }): Finding[] => {
    if (!pose || pose.two_sided === (side !== null)) return []
    return pose.two_sided
      ? [
          {
            code: 'side_missing',
            positions: [position],
            message: `${name} has two sides but no side is given; only one is counted.`,
          },
        ]
      : [
          {
            code: 'side_needless',
            positions: [position],
            message: `${name} has no sides${side === 'both' ? ', so "both" counts its time twice' : ''}.`,
          },
        ]
  })
}

/** Whether each pose is held as long on the left as on the right, within a breath. */
function sidesEven(items: readonly Placed[]): Finding[] {
  const sided = items.filter(({ side }) => side !== null)
  const byPose = Map.groupBy(sided, ({ pose_id: id, name }) => id ?? searchable(name))
  return [...byPose.values()].flatMap((same): Finding[] => {
    const [left, right] = [secondsOn('left', same), secondsOn('right', same)]
    if (Math.abs(left - right) <= secondsPerBreath) return []
    const message = `${same[0]?.name} is held ${inWords(left)} on the left and ${inWords(right)} on the right.`
    return [{ code: 'uneven_sides', positions: same.map(({ position }) => position), message }]
  })
}

/** The positions in a section called "peak"; without one, those of the hard poses. */
function peaksOf(items: readonly Placed[]): Placed[] {
  const named = items.filter(({ section }) => section !== null && /\bpeak/.test(searchable(section)))
  return named.length > 0 ? named : items.filter(({ pose }) => pose && isHard(pose))
}

function isHard({ level, categories }: Pose): boolean {
  return level === 'advanced' || (level === 'intermediate' && categories.some(category => demanding.includes(category)))
}

/** Five minutes, or a sixth of a short sequence, come before the first peak. */
function warmUp(items: readonly Placed[], [first]: readonly Placed[], total: number): Finding[] {
  if (!first) return []
  const before = totalSeconds(items.slice(0, first.position - 1))
  const wanted = Math.min(300, Math.ceil(total / 6))
  if (before >= wanted) return []
  const message = `${first.name} comes after ${inWords(before)}; at least ${inWords(wanted)} of warm-up should come before it.`
  return [{ code: 'no_warm_up', positions: [first.position], message }]
}

/** Whether a peak has a warm-up of its kind before it and a counter-pose after it. */
function aroundPeak(peak: Placed, items: readonly Placed[], peaks: readonly Placed[]): Finding[] {
  const easy = items.filter(item => item.pose && !peaks.includes(item))
  const [before, after] = [
    easy.filter(({ position }) => position < peak.position),
    easy.filter(({ position }) => position > peak.position),
  ]
  const isAmong = (some: readonly Placed[], kinds: readonly PoseCategory[]) =>
    some.some(({ pose }) => pose?.categories.some(category => kinds.includes(category)))
  return (peak.pose?.categories ?? []).flatMap((category): Finding[] => {
    const need = needs[category]
    if (!need) return []
    const positions = [peak.position]
    const unprepared = `Nothing before ${peak.name} prepares for it as ${withArticle(category)}: ${either(need.before)}.`
    const unresolved = `Nothing after ${peak.name} counters it as ${withArticle(category)}: ${either(need.after)}.`
    return [
      ...(isAmong(before, need.before) ? [] : [{ code: 'peak_unprepared' as const, positions, message: unprepared }]),
      ...(isAmong(after, need.after) ? [] : [{ code: 'no_counter_pose' as const, positions, message: unresolved }]),
    ]
  })
}

/** Whether a longer sequence ends in rest. An unknown pose may be one. */
function rest(items: readonly Placed[], total: number): Finding[] {
  const last = items.at(-1)
  if (!last?.pose || total < longEnoughForRest) return []
  const { categories } = last.pose
  if (categories.includes('restorative')) return []
  if (categories.includes('seated') && secondsOf(last) >= longSeat) return []
  return [{ code: 'no_rest', positions: [last.position], message: `It ends with ${last.name} instead of rest.` }]
}

function secondsOn(side: 'left' | 'right', items: readonly SequenceItem[]): number {
  return items
    .filter(item => item.side === side || item.side === 'both')
    .reduce((sum, item) => sum + secondsOnce(item), 0)
}

function inWords(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  if (minutes === 0) return `${rest} s`
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`
}

function either(kinds: readonly PoseCategory[]): string {
  return `${kinds.map(withArticle).join(' or ')} would`
}

function withArticle(kind: PoseCategory): string {
  const noun = kind === 'restorative' ? 'restorative pose' : kind === 'core' ? 'core pose' : kind
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
}
