import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { restorableMs } from '../../src/deletions/tombstones.ts'
import { ref } from '../../src/http/typebox.ts'
import { findToRestore, isDeleted, restoreErrors } from '../deleting.ts'
import { describePage, PageQuery, rowsOf } from '../paging.ts'
import { ById, guarded, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { edit } from '../writing.ts'
import { answer, type Rehearsed, type Written } from './answers.ts'
import { type MoodContext, named } from './context.ts'
import { DryRun, MoodOrReceipt, MoodTrash, TimezoneHeader, WrittenMood } from './schemas.ts'
import type { Effect } from './user-history.ts'

/** Deleted entries: for 30 days each of them can be restored. */
const trash: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const { moods, histories } = context
  const common = { tags: ['mood'], security: signedIn }

  app.get(
    '/mood/trash',
    {
      onRequest: app.requires('mood:read'),
      schema: {
        ...common,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        operationId: 'listMoodTrash',
        summary: 'List your deleted entries',
        description: 'Those that can be restored, the latest deletion first.',
        response: { 200: sends(ref(MoodTrash, 'A page of deleted entries.'), 'Link'), ...problems(...guarded) },
      },
    },
    async ({ principal, query }, reply) => {
      const { rows, total } = await moods.deletions.page(principal.user.id, rowsOf(query), app.now())
      const deleted = rows.map(({ content, revision, deletedAt }) => ({
        ...content,
        revision,
        deleted_at: deletedAt,
        purges_at: new Date(deletedAt.getTime() + restorableMs),
      }))
      return { moods: deleted as never[], ...describePage(reply, '/mood/trash', query, total) }
    },
  )

  app.delete(
    '/mood/trash',
    {
      onRequest: app.requires('mood:write'),
      schema: {
        ...common,
        operationId: 'emptyMoodTrash',
        summary: 'Delete your deleted entries for good',
        description: 'Their ids stay taken until 180 days after the deletion.',
        response: {
          204: Type.Null({ description: 'None of them can be restored any longer.' }),
          ...problems(...guarded, ...withBody, 'cross_site_request'),
        },
      },
    },
    async ({ commit, principal }, reply) => {
      await moods.deletions.purgeAll(commit, principal.user.id, app.now())
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/mood/:id/restore',
    {
      onRequest: app.requires('mood:write'),
      schema: {
        ...common,
        params: ById,
        headers: TimezoneHeader,
        querystring: DryRun,
        operationId: 'restoreMood',
        summary: 'Restore a deleted entry',
        description: 'As it was; one that is not deleted stays as it is.',
        response: {
          200: sends(withReceipt(ref(WrittenMood, 'The entry and the streak.'), MoodOrReceipt), 'ETag'),
          ...problems(...guarded, ...withBody, ...restoreErrors),
        },
      },
    },
    async (request, reply) => {
      const { user, settings } = request.principal
      let effect: Effect = {}
      const written = await edit(
        reply,
        () => findToRestore(named(context, request)),
        () => true,
        async (found): Promise<Written | Rehearsed | undefined> => {
          if (!isDeleted(found)) {
            await request.commit([])
            return found
          }
          const change = { added: moods.placeOfDeleted(found) }
          if (request.query.dry_run) {
            await request.commit([])
            effect = { change }
            return moods.rehearsal.restore(user.id, found, app.now())
          }
          const carried = histories.carry(user.id, settings, change)
          const restored = await moods.restore(request.commit, user.id, found, app.now(), carried)
          if (!restored) return undefined
          histories.apply(user.id, restored.version, change, carried)
          effect = { change, carried }
          return restored
        },
      )
      return answer(context, request, reply, written, effect)
    },
  )
}
export default trash
