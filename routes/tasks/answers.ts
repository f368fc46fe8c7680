import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RevisedTask } from '../../src/tasks/task-edits.ts'
import { strongEtag } from '../etag.ts'

/** Shared by the routes of one task. */

/** The longest description with each character written as two escapes of six bytes, and room for the rest. */
export const bodyLimit = 160 * 1024

/** The answer to a write: the task's new state, with the ETag of a read. */
export function answer(request: FastifyRequest, reply: FastifyReply, revised: RevisedTask) {
  const { task, revision } = revised
  // Its digest is of the person and a time, and nothing else of the task.
  reply.header('ETag', etagOf(request, revised))
  return reply.resourceOrReceipt(
    'tasks:read',
    () => task,
    () => ({ id: task.id, revision }),
  )
}

/** Of the person and the time of creation too: an id can be used by two people, and again after its task was deleted. */
export function etagOf({ principal: { user } }: FastifyRequest, { task, revision }: RevisedTask): string {
  return strongEtag([user.id, task.created_at], revision)
}
