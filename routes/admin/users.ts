import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AccountStatus, accountStatusStore } from '../../src/administration/account-status.ts'
import type { AdminAuditStore } from '../../src/administration/admin-audit.ts'
import { peopleStore } from '../../src/administration/people.ts'
import { livingSessions } from '../../src/auth/sessions.ts'
import type { BoundWrite } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/http/problem-details.ts'
import { ref } from '../../src/http/typebox.ts'
import { idFrom, type UserId } from '../../src/ids.ts'
import type { AdminAction, Role } from '../../src/vocabulary.ts'
import { describePage, rowsOf } from '../paging.ts'
import { ById, guarded, problems, sends, signedIn, withBody } from '../wire.ts'
import { edit } from '../writing.ts'
import { PersonChange, PersonInDetail, PersonList, PersonQuery } from './schemas.ts'

type OneRequest = FastifyRequest<{ Params: Static<typeof ById> }>

/** The accounts, and the actions of admins on them. Each takes effect on the person's next request. */
const users: FastifyPluginAsyncTypebox<{ audit: AdminAuditStore }> = async (app, { audit }) => {
  const { database, sessions, events } = app
  const people = peopleStore(database, livingSessions(database.tables))
  const accountStatuses = accountStatusStore(database)
  const onOne = { params: ById, tags: ['admin'], security: signedIn }
  const changeErrors: ErrorCode[] = ['not_found', 'cross_site_request']

  app.get(
    '/admin/users',
    {
      onRequest: app.requires('admin:read'),
      schema: {
        tags: ['admin'],
        operationId: 'listUsers',
        summary: 'List accounts',
        description: 'One page, newest first unless `sort` says otherwise.',
        security: signedIn,
        querystring: PersonQuery,
        response: { 200: sends(ref(PersonList, 'A page of accounts.'), 'Link'), ...problems(...guarded) },
      },
    },
    async ({ query }, reply) => {
      const { q, role, state, sort = '-created_at' } = query
      const { rows, total } = await people.page({ q, role, state }, sort, rowsOf(query))
      return { users: rows, ...describePage(reply, '/admin/users', query, total) }
    },
  )

  app.get(
    '/admin/users/:id',
    {
      onRequest: app.requires('admin:read'),
      schema: {
        ...onOne,
        operationId: 'getUser',
        summary: 'Get an account',
        description: 'With the number of its entries, tasks, sessions and tokens; nothing the user wrote.',
        response: { 200: ref(PersonInDetail, 'The account.'), ...problems(...guarded, 'not_found') },
      },
    },
    async request => find(request),
  )

  app.patch(
    '/admin/users/:id',
    {
      onRequest: app.requires('admin:write'),
      schema: {
        ...onOne,
        operationId: 'updateUser',
        summary: 'Change the role of an account, disable or enable it',
        description:
          'Absent fields stay as they are. Disabling ends every session. Changing a role requires a sign-in or `POST /account/confirm` within the last ten minutes. The last admin cannot be demoted or disabled.',
        body: PersonChange,
        response: {
          200: ref(PersonInDetail, 'The updated account.'),
          ...problems(...guarded, ...withBody, ...changeErrors, 'reauthentication_required', 'last_admin'),
        },
      },
    },
    async (request, reply) => {
      const { role, disabled } = request.body
      if (role !== undefined) await request.confirmOwner()
      await change(request, reply, before => ({ role: role ?? before.role, disabled: disabled ?? before.disabled }))
      return find(request)
    },
  )

  app.delete(
    '/admin/users/:id',
    {
      onRequest: app.requires('admin:write'),
      schema: {
        ...onOne,
        operationId: 'deleteUser',
        summary: 'Delete an account and all its data',
        description:
          'Permanent: only the record of the deletion is kept. Requires a sign-in or `POST /account/confirm` within the last ten minutes. The last admin cannot be deleted.',
        response: {
          204: Type.Null({ description: 'Deleted.' }),
          ...problems(...guarded, ...withBody, ...changeErrors, 'reauthentication_required', 'last_admin'),
        },
      },
    },
    async (request, reply) => {
      await request.confirmOwner()
      await app.eraseAccount(idFrom<UserId>(request.params.id), () =>
        edit(
          reply,
          () => find(request),
          always,
          person =>
            unlessLast(request, person.id, [
              ...app.accountRemovalWrites(person.id, person),
              audited(request, 'account_deleted'),
            ]),
        ),
      )
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/admin/users/:id/sessions',
    {
      onRequest: app.requires('admin:write'),
      schema: {
        ...onOne,
        operationId: 'endUserSessions',
        summary: 'End all sessions of an account',
        description: 'Personal access tokens stay.',
        response: {
          204: Type.Null({ description: 'The sessions are ended.' }),
          ...problems(...guarded, ...withBody, ...changeErrors),
        },
      },
    },
    async (request, reply) => {
      await edit(
        reply,
        () => find(request),
        always,
        person =>
          request.commit([
            ...accountStatuses.changeWrites(person.id, person, person, app.now()),
            sessions.endOthersWrite(person.id),
            ...noted(request, 'sessions_ended'),
          ]),
      )
      return reply.code(204).send(null)
    },
  )

  /** The account that the address names. */
  async function find(request: OneRequest) {
    const person = await people.find(idOf(request), app.now())
    if (!person) throw new ApiError('not_found', 'No such account.')
    return person
  }

  async function change(request: OneRequest, reply: FastifyReply, changed: (before: AccountStatus) => AccountStatus) {
    await edit(
      reply,
      () => find(request),
      always,
      async person => {
        const next = changed(person)
        const writes = [
          ...(next.role === person.role ? [] : noted(request, 'role_changed', next.role)),
          ...(next.disabled === person.disabled ? [] : toggled(request, next.disabled)),
        ]
        if (writes.length === 0) return person
        return unlessLast(request, person.id, [
          ...accountStatuses.changeWrites(person.id, person, next, app.now()),
          ...writes,
        ])
      },
    )
  }

  function toggled(request: OneRequest, disabled: boolean): BoundWrite<unknown>[] {
    if (!disabled) return noted(request, 'account_enabled')
    return [sessions.endOthersWrite(idOf(request)), ...noted(request, 'account_disabled')]
  }

  /**
   * Writes a batch, or throws because it would remove the last admin; undefined when the account was changed meanwhile.
   */
  async function unlessLast(request: OneRequest, id: UserId, writes: readonly BoundWrite<unknown>[]) {
    const written = await request.commit(writes)
    if (!written && (await accountStatuses.isLastAdmin(id))) throw new ApiError('last_admin')
    return written
  }

  /**
   * The writes that record the action, for other admins and for the person, who does not learn the admin's network and
   * device.
   */
  function noted(request: OneRequest, kind: AdminAction, role?: Role): BoundWrite<unknown>[] {
    const event = { kind, actor: request.principal.user.id, ip: null, device: null }
    return [audited(request, kind, role), ...events.eventWrites(idOf(request), event, app.now())]
  }

  function audited(request: OneRequest, kind: AdminAction, role?: Role): BoundWrite<unknown> {
    const action = { kind, actor: request.principal.user.id, target: idOf(request), ...(role && { role }) }
    return audit.actionWrite(action, app.now())
  }
}
export default users

const idOf = ({ params }: OneRequest) => idFrom<UserId>(params.id)

/** There is no `If-Match` here: the guards of the writes refuse a decision on outdated data. */
const always = () => true
