import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ref } from '../../src/http/typebox.ts'
import { placedAt } from '../../src/moods/entry-row.ts'
import { describeStreak } from '../../src/moods/streak-details.ts'
import { changedEntry, changesNothing } from '../../src/moods/submission.ts'
import { DeletionQuery, findToDelete, isDeleted } from '../deleting.ts'
import { unchangedSince } from '../revisions.ts'
import { ById, guarded, problems, sends, signedIn, withBody, withReceipt } from '../wire.ts'
import { edit } from '../writing.ts'
import { answer } from './answers.ts'
import { living, type MoodContext, named, submissionOf, submitterOf, viewOf } from './context.ts'
import { bodyLimit, entryErrors } from './entries.ts'
import { ChangedStreak, DryRun, IfMatch, MoodChange, MoodOrReceipt, WrittenMood } from './schemas.ts'
import { aroundRehearsal, aroundWrite, type Effect } from './user-history.ts'

/** Changes an entry, and deletes one. */
const changes: FastifyPluginAsyncTypebox<MoodContext> = async (app, context) => {
  const { moods, histories } = context
  const onOne = { params: ById, headers: IfMatch, tags: ['mood'], security: signedIn }
  const changeErrors = ['not_found', 'stale_version', 'cross_site_request'] as const

  app.patch(
    '/mood/:id',
    {
      onRequest: app.requires('mood:write'),
      bodyLimit,
      schema: {
        ...onOne,
        querystring: DryRun,
        body: MoodChange,
        operationId: 'updateMood',
        summary: 'Update an entry',
        description:
          'Absent fields stay as they are; null clears. A new `occurred_at` moves the entry to the day it falls on, unless `date` is sent too; a new `timezone` alone does not.',
        response: {
          200: sends(withReceipt(ref(WrittenMood, 'The updated entry and streak.'), MoodOrReceipt), 'ETag'),
          ...problems(...guarded, ...withBody, ...entryErrors, ...changeErrors, 'limit_reached'),
        },
      },
    },
    async (request, reply) => {
      const { user, settings } = request.principal
      return edit(
        reply,
        () => living(context, request),
        unchangedSince(request),
        async found => {
          const fields = changedEntry(found, submissionOf(request.body), submitterOf(request))
          if (changesNothing(found, fields)) {
            await request.commit([])
            return answer(context, request, reply, found)
          }
          const change = { removed: placedAt(found), added: fields }
          if (request.query.dry_run) {
            await request.commit([])
            const rehearsed = await moods.rehearsal.replace(user.id, found, fields, app.now())
            return answer(context, request, reply, rehearsed, { change })
          }
          const carried = histories.carry(user.id, settings, change)
          const replaced = await moods.replace(request.commit, user.id, found, fields, app.now(), carried)
          if (!replaced) return undefined
          histories.apply(user.id, replaced.version, change, carried)
          return answer(context, request, reply, replaced, { change, carried })
        },
      )
    },
  )

  app.delete(
    '/mood/:id',
    {
      onRequest: app.requires('mood:write'),
      schema: {
        ...onOne,
        querystring: Type.Object(
          { ...DeletionQuery.properties, ...DryRun.properties },
          { additionalProperties: false },
        ),
        operationId: 'deleteMood',
        summary: 'Delete an entry',
        description: 'Returns the streak without the entry. It can be restored for 30 days.',
        response: {
          200: ref(ChangedStreak, 'The streak after and before.'),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async (request, reply) => {
      const { user, settings } = request.principal
      const { permanently = false, dry_run: dryRun } = request.query
      const { before, after } = await edit(
        reply,
        () => findToDelete(named(context, request), permanently),
        unchangedSince(request),
        async found => {
          const change = isDeleted(found) ? undefined : { removed: placedAt(found) }
          if (dryRun) {
            await request.commit([])
            return aroundRehearsal(context, request, { change })
          }
          if (isDeleted(found)) {
            const purged = await moods.deletions.purge(request.commit, user.id, found)
            return purged ? aroundWrite(context, request, settings.moodVersion, {}) : undefined
          }
          const effect: Effect = { change, carried: change && histories.carry(user.id, settings, change) }
          const how = { now: app.now(), permanently }
          const version = await moods.remove(request.commit, user.id, found, how, effect.carried)
          if (version === undefined) return undefined
          if (change) histories.apply(user.id, version, change, effect.carried)
          return aroundWrite(context, request, version, effect)
        },
      )
      const view = viewOf(request)
      return { ...describeStreak(after, view), streak_before: describeStreak(before, view).streak }
    },
  )
}
export default changes
