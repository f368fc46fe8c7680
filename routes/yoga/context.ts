import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SequenceId, UserId } from '../../src/ids.ts'
import { resolved } from '../../src/yoga/items.ts'
import type { YogaLibrary } from '../../src/yoga/library.ts'
import type { PoseFinder } from '../../src/yoga/poses.ts'
import type { SequenceSummary } from '../../src/yoga/sequence-list.ts'
import type { FoundSequence } from '../../src/yoga/sequence-store.ts'
import { authorName, type SequenceFields, seenItems } from '../../src/yoga/sequences.ts'
import { revisionTag, strongEtag } from '../etag.ts'
import { byWrites } from '../writing.ts'

/** Shared by the yoga routes. */
export type YogaContext = YogaLibrary

/** The user of a request, and the id in its path. */
export function namedBy({ principal, params }: FastifyRequest<{ Params: { id: string } }>): [UserId, string] {
  return [principal.user.id, params.id]
}

/** A sequence in a list. */
export function summaryOf({ principal: { user } }: FastifyRequest, row: SequenceSummary) {
  return summaryFor(user.id, row)
}

function summaryFor(reader: UserId, row: SequenceSummary) {
  const own = row.userId === reader
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
    revision: row.revision,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  }
}

/** The full answer about a sequence, or a receipt; sets its ETag. */
export async function show(
  context: YogaContext,
  request: FastifyRequest,
  reply: FastifyReply,
  row: FoundSequence,
  poseOf?: PoseFinder,
) {
  return reply.resourceOrReceipt(
    'sequences:read',
    () => whole(context, request, reply, row, poseOf),
    async () => {
      reply.header('ETag', revisionTag(row.revision))
      return { id: row.id, revision: row.revision }
    },
  )
}

async function whole(
  context: YogaContext,
  { principal: { user } }: FastifyRequest,
  reply: FastifyReply,
  row: FoundSequence,
  poseOf?: PoseFinder,
) {
  const shown = await describeSequence(context, user.id, row, poseOf)
  reply.header('ETag', strongEtag(shown, row.revision))
  return shown
}

/** A sequence with its poses, as one who may read it is shown it. */
export async function describeSequence(context: YogaContext, reader: UserId, row: FoundSequence, poseOf?: PoseFinder) {
  const summary = summaryFor(reader, row)
  const items = seenItems(resolved(row.poses, poseOf ?? (await context.finderFor(row))), summary.own)
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
  return { ...summary, poses }
}

/** Creates a sequence and answers with it. */
export async function add(
  app: FastifyInstance,
  context: YogaContext,
  request: FastifyRequest,
  reply: FastifyReply,
  fields: SequenceFields,
  copiedFrom?: SequenceId,
) {
  const { user } = request.principal
  const { id, writes, refuse } = context.sequences.create(user.id, fields, app.now(), copiedFrom)
  const added = await reply.createOnce({
    id,
    create: byWrites(request.commit, writes, () => context.sequences.find(user.id, id), refuse),
    find: made => context.sequences.find(user.id, made),
  })
  const shown = await show(context, request, reply, added)
  return reply.header('Location', `/sequences/${added.id}`).send(shown)
}
