import { signal } from '@preact/signals'
import { ApiProblem, NoAnswer } from '../../../../client/src/problem.ts'
import type { Pose, Sequence, SequenceList, SequenceQuery } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { ownShelf, sequences } from '../../device.ts'
import { passOver } from '../../failures.ts'

/** Poses and sequences beside the copy of the engine: what was seen once is on the device, for classes without a network. */

/** The catalogue with the person's own poses; undefined until it has come once. */
export const poses = signal<readonly Pose[] | undefined>()
export const findPose = (id: string | null): Pose | undefined =>
  id === null ? undefined : poses.value?.find(pose => pose.id === id)

const names = {
  poses: 'yoga/poses',
  published: 'yoga/published',
  sequence: (id: string) => `yoga/sequence/${id}`,
}

/** Shows what the device has, and renews it where there is a network. */
export async function loadPoses(): Promise<void> {
  const shelf = ownShelf()
  poses.value ??= await shelf?.get<Pose[]>(names.poses)
  try {
    const all: Pose[] = []
    for (let page = 1, pages = 1; page <= pages; page++) {
      const answer = await client.poses.list({ page, per_page: 100 })
      pages = Math.ceil(answer.total / 100)
      all.push(...answer.poses)
    }
    poses.value = all
    await shelf?.put(names.poses, all)
  } catch (error) {
    passOver(error)
  }
}

/**
 * Published sequences; without a network the first page as last seen.
 * @throws {NoAnswer} where there is neither.
 */
export async function publishedSequences(query: SequenceQuery): Promise<SequenceList & { isKept?: boolean }> {
  const shelf = ownShelf()
  const isPlain = !query.q && !query.level && (query.page ?? 1) === 1
  try {
    const answer = await client.sequences.list({ ...query, scope: 'published', per_page: 30 })
    if (isPlain) await shelf?.put(names.published, answer)
    return answer
  } catch (error) {
    const kept = isPlain ? await shelf?.get<SequenceList>(names.published) : undefined
    if (!(error instanceof NoAnswer) || !kept) throw error
    return { ...kept, isKept: true }
  }
}

interface Kept {
  etag: string
  value: Sequence
}

/**
 * A sequence: one's own from the copy, others by their ETag, and without a network as last seen.
 * @throws {ApiProblem} `not_found` also when it is no longer published; {NoAnswer} where there is neither.
 */
export async function openSequence(id: string): Promise<Sequence> {
  const own = sequences.value.find(thing => thing.id === id)
  if (own) return own.value
  const shelf = ownShelf()
  const kept = await shelf?.get<Kept>(names.sequence(id))
  try {
    const { status, body, headers } = await client.request({
      method: 'GET',
      path: `/sequences/${encodeURIComponent(id)}`,
      ...(kept && { headers: { 'If-None-Match': kept.etag } }),
    })
    if (status === 304 && kept) return kept.value
    const value = body as Sequence
    await shelf?.put(names.sequence(id), { etag: headers.get('ETag') ?? '', value })
    return value
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'not_found') await shelf?.delete(names.sequence(id))
    if (!(error instanceof NoAnswer) || !kept) throw error
    return kept.value
  }
}

/** What is on the device of it, at once. */
export const sequenceAtHand = (id: string): Sequence | undefined =>
  sequences.value.find(thing => thing.id === id)?.value

const sound = 'yoga/sound'
export const isSoundOn = async (): Promise<boolean> => (await ownShelf()?.get<boolean>(sound)) !== false
export const keepSound = async (isOn: boolean): Promise<void> => ownShelf()?.put(sound, isOn)
