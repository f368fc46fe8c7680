import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ApiError } from '../../src/errors.ts'
import { ref } from '../../src/http/typebox.ts'
import { type SyncedKind, syncedKinds } from '../../src/vocabulary.ts'
import { TimezoneHeader } from '../mood/schemas.ts'
import { guarded, problems, signedIn } from '../wire.ts'
import { answerWithChanges, kindsFor, readScopes, type SyncContext } from './context.ts'
import { defaultLimit, SyncAnswer, SyncQuery } from './schemas.ts'

/** `GET /sync`: what a device does not know. */
const read: FastifyPluginAsyncTypebox<SyncContext> = async (app, context) => {
  app.get(
    '/sync',
    {
      onRequest: app.requires(readScopes.mood, readScopes.task, readScopes.practice, readScopes.sequence),
      config: { compress: 'private' },
      schema: {
        tags: ['sync'],
        operationId: 'readChanges',
        summary: 'Get changes since a cursor',
        description:
          'Without a cursor: everything there is. While `has_more` is true, ask again with the new cursor; keep the last one for the next time. Along one chain of cursors no change is missed and none comes twice. After 410 `cursor_expired` start over without one.',
        security: signedIn,
        headers: TimezoneHeader,
        querystring: SyncQuery,
        response: { 200: ref(SyncAnswer, 'The changes.'), ...problems(...guarded, 'cursor_expired') },
      },
    },
    async (request, reply) => {
      const { cursor, kinds, limit = defaultLimit } = request.query
      const asked = kindsFor(request, kinds === undefined ? undefined : kindsIn(kinds))
      return answerWithChanges(context, request, reply, { cursor, kinds: asked, limit, results: [] })
    },
  )
}
export default read

/** @throws {ApiError} `invalid_request` for a kind that there is not. */
function kindsIn(text: string): SyncedKind[] {
  const names = text === '' ? [] : text.split(',')
  if (names.every((name): name is SyncedKind => (syncedKinds as readonly string[]).includes(name))) return names
  throw new ApiError('invalid_request', `kinds must be of ${syncedKinds.join(', ')}, separated by commas`)
}
