import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import type { SequenceItem } from '../../src/vocabulary.ts'
import { inCatalogue } from '../../src/yoga/catalogue.ts'
import { readItem, resolved, type SentItem } from '../../src/yoga/items.ts'
import { poseStore } from '../../src/yoga/pose-store.ts'
import type { PoseFinder } from '../../src/yoga/poses.ts'
import { practiceStore } from '../../src/yoga/practice-store.ts'
import { type SequenceSummary, sequenceList } from '../../src/yoga/sequence-list.ts'
import { type FoundSequence, sequenceStore } from '../../src/yoga/sequence-store.ts'
import { authorName, type SequenceFields } from '../../src/yoga/sequences.ts'
import { etagOf } from '../revisions.ts'

/** What the routes of yoga share: the stores. */
export const yogaContext = (database: Database) => ({
  poses: poseStore(database),
  sequences: sequenceStore(database),
  lists: sequenceList(database),
  practices: practiceStore(database),
})

export type YogaContext = ReturnType<typeof yogaContext>

type OneRequest = FastifyRequest<{ Params: { id: string } }>

const noSuchSequence = () => new ApiError('not_found', 'There is no such sequence.')

/** The own sequence that the address names. */
export async function findOwn({ sequences }: YogaContext, request: OneRequest): Promise<FoundSequence> {
  const found = await sequences.find(request.principal.user.id, request.params.id.toLowerCase())
  if (!found) throw noSuchSequence()
  return found
}

/** The sequence that the address names, if one may read it: an own one, or a published one. */
export async function findReadable({ sequences }: YogaContext, request: OneRequest): Promise<FoundSequence> {
  const id = request.params.id.toLowerCase()
  const found = (await sequences.find(request.principal.user.id, id)) ?? (await sequences.findPublished(id))
  if (!found) throw noSuchSequence()
  return found
}

/** The published sequence that the address names, whoever's it is. */
export async function findPublished({ sequences }: YogaContext, request: OneRequest): Promise<FoundSequence> {
  const found = await sequences.findPublished(request.params.id.toLowerCase())
  if (!found) throw noSuchSequence()
  return found
}

/** What looks up poses: in the catalogue, and among the own ones of a person if any of the ids is not there. */
export async function poseFinder(
  { poses }: YogaContext,
  userId: string,
  ids: Iterable<string | null | undefined>,
): Promise<PoseFinder> {
  const strange = [...ids].some(id => typeof id === 'string' && !inCatalogue(id))
  const own = new Map(strange ? (await poses.list(userId)).map(pose => [pose.id, pose]) : [])
  return id => inCatalogue(id) ?? own.get(id.toLowerCase())
}

/** What looks up the poses of a sequence as its author knows them. */
export function finderFor(context: YogaContext, { userId, poses }: FoundSequence): Promise<PoseFinder> {
  return poseFinder(
    context,
    userId,
    poses.map(item => item.pose_id),
  )
}

/** The items that a body names, as they are kept. @throws {ApiError} one sentence per item that is wrong. */
export function itemsFrom(sent: readonly SentItem[], poseOf: PoseFinder): SequenceItem[] {
  const items = sent.map((item, i) => readItem(item, poseOf, `poses.${i}`))
  const wrong = items.filter(item => typeof item === 'string')
  if (wrong.length > 0) throw new ApiError('invalid_request', wrong.slice(0, 20))
  return items.filter(item => typeof item !== 'string')
}

/** What a list says of a sequence. */
export function summaryOf({ principal: { user } }: FastifyRequest, row: SequenceSummary) {
  const own = row.userId === user.id
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    category: row.category,
    tags: row.tags,
    level: row.level,
    visibility: row.visibility,
    archived: row.archived,
    own,
    author: authorName(row.author),
    pose_count: row.poseCount,
    total_seconds: row.totalSeconds,
    copied_from: own ? row.copiedFrom : null,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  }
}

/** The items as their author sees them, or as others do: for them the author's own poses are free names. */
export function asSeen(items: SequenceItem[], own: boolean): SequenceItem[] {
  return own ? items : resolved(items, inCatalogue)
}

/** The whole answer about a sequence; sends its ETag. */
export async function show(
  context: YogaContext,
  request: FastifyRequest,
  reply: FastifyReply,
  row: FoundSequence,
  poseOf?: PoseFinder,
) {
  const summary = summaryOf(request, row)
  const items = asSeen(resolved(row.poses, poseOf ?? (await finderFor(context, row))), summary.own)
  const poses = items.map(({ pose_id, name, section, side, seconds, breaths, cue }, i) => ({
    position: i + 1,
    pose_id,
    name,
    section,
    side,
    seconds,
    breaths,
    cue,
  }))
  const shown = { ...summary, poses }
  reply.header('ETag', etagOf(row.revision, shown))
  return shown
}

/** Makes a sequence and answers with it as it is then. */
export async function add(
  app: FastifyInstance,
  context: YogaContext,
  request: FastifyRequest,
  reply: FastifyReply,
  fields: SequenceFields,
  copiedFrom?: string,
) {
  const { user } = request.principal
  const { id, writes } = context.sequences.create(user.id, fields, app.now(), copiedFrom)
  const added = await reply.createOnce({
    id,
    create: writes,
    find: made => context.sequences.find(user.id, made),
  })
  if (!added) throw new ApiError('authentication_required')
  const shown = await show(context, request, reply, added)
  return reply.header('Location', `/sequences/${added.id}`).send(shown)
}
