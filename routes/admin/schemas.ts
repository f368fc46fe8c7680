import { Type } from '@sinclair/typebox'
import { accountStates, peopleSorts } from '../../src/administration/people.ts'
import { maxCategories, statisticsDays } from '../../src/administration/statistics.ts'
import { nullable, oneOf, ref, writes } from '../../src/http/typebox.ts'
import { adminActions, roles } from '../../src/vocabulary.ts'
import { PageQuery, pageFields } from '../paging.ts'
import { Count, Day, Instant } from '../wire.ts'

/** The wire schemas of administration. */

const id = Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] })

const personFields = {
  id,
  username: Type.String({ maxLength: 64, examples: ['maya'] }),
  email: nullable(Type.String({ maxLength: 254, examples: ['maya@example.org'] })),
  email_verified: Type.Boolean({ description: 'Whether the e-mail address is verified.' }),
  role: oneOf(roles),
  disabled: Type.Boolean({ description: 'A disabled account cannot sign in or use its tokens.', examples: [false] }),
  created_at: Instant({ description: 'When the account was created.' }),
  last_signed_in_at: nullable(Instant({ description: 'Null if more than a year ago.' })),
}

export const Person = Type.Object(personFields, {
  $id: 'Person',
  description: 'An account, as admins see it: nothing the user wrote.',
})

export const PersonInDetail = Type.Object(
  {
    ...personFields,
    counts: Type.Object(
      {
        entries: Count({ description: 'Mood entries.', examples: [730] }),
        tasks: Count({ examples: [10] }),
        sessions: Count({ description: 'Active sessions.', examples: [2] }),
        tokens: Count({ description: 'Personal access tokens.', examples: [1] }),
      },
      { description: 'How much the account holds.' },
    ),
  },
  { $id: 'PersonInDetail', description: 'An account, as admins see it, and how much it holds.' },
)

export const PersonList = Type.Object(
  { users: Type.Array(ref(Person), { maxItems: 100 }), ...pageFields },
  { $id: 'PersonList', description: 'A page of accounts.' },
)

export const PersonQuery = Type.Object(
  {
    ...PageQuery,
    q: Type.Optional(
      Type.String({
        maxLength: 100,
        format: 'label',
        description: 'Only accounts whose username or e-mail address contains this. Case-insensitive.',
      }),
    ),
    role: Type.Optional(oneOf(roles, { description: 'Only accounts with this role.' })),
    state: Type.Optional(oneOf(accountStates, { description: 'Only enabled (`active`) or only `disabled` accounts.' })),
    sort: Type.Optional(
      oneOf(peopleSorts, {
        description: 'Defaults to `-created_at` (newest first). `username` ignores case.',
      }),
    ),
  },
  { additionalProperties: false },
)

export const PersonChange = writes(
  Person,
  Type.Object(
    {
      role: Type.Optional(oneOf(roles, { description: 'Takes effect on the next request of the user.' })),
      disabled: Type.Optional(
        Type.Boolean({
          description: 'True ends every session and rejects every token; false lets the user sign in again.',
        }),
      ),
    },
    { title: 'UserChanges', additionalProperties: false, examples: [{ role: 'instructor' }] },
  ),
)

const ofRole = Type.Object({ active: Count({ examples: [3] }), disabled: Count({ examples: [0] }) })

export const Dashboard = Type.Object(
  {
    version: Type.String({ maxLength: 64, description: 'The version of the server.', examples: ['0.2.0'] }),
    users: Type.Object(
      { member: ofRole, instructor: ofRole, admin: ofRole },
      { description: 'Accounts by role, enabled and disabled.' },
    ),
    days: Type.Array(
      Type.Object({
        date: Day({ description: 'The day, in UTC.' }),
        new_users: Count({ examples: [1], description: 'Accounts created on this day that still exist.' }),
        active_users: Count({ examples: [4], description: 'Users with an entry for this day.' }),
        entries: Count({ examples: [6], description: 'Entries for this day of the user’s own calendar.' }),
      }),
      { maxItems: statisticsDays, description: `The last ${statisticsDays} days, up to today.` },
    ),
    sessions: Count({ description: 'Active sessions.', examples: [5] }),
    tasks: Type.Object({ open: Count({ examples: [7] }), completed: Count({ examples: [3] }) }),
    sequences: Type.Object({
      total: Count({ description: 'Private ones included.', examples: [4] }),
      published: Type.Array(
        Type.Object({
          category: nullable(Type.String({ maxLength: 64, examples: ['morning'] })),
          count: Count({ examples: [2] }),
        }),
        { maxItems: maxCategories, description: 'Published sequences by category, in lower case.' },
      ),
    }),
    storage_bytes: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'The size of the database on disk.',
      examples: [4_194_304],
    }),
  },
  { $id: 'Dashboard', description: 'Usage statistics; nothing about individual users.' },
)

const AdminActionDone = Type.Object(
  {
    id,
    at: Instant({ description: 'When it happened.' }),
    kind: oneOf(adminActions, { description: 'What was done.' }),
    actor_id: nullable(Type.String({ format: 'uuid', description: 'The admin; null for a command on the server.' })),
    target_id: nullable(
      Type.String({ format: 'uuid', description: 'The account; null once its user has deleted it.' }),
    ),
    role: nullable(
      oneOf(roles, { description: 'The new role if the role was changed; otherwise null.', examples: ['instructor'] }),
    ),
  },
  { description: 'An action of an admin.' },
)
export const AdminAudit = Type.Object(
  { audit: Type.Array(AdminActionDone, { maxItems: 100 }), ...pageFields },
  { $id: 'AdminAudit', description: 'A page of admin actions.' },
)

export const AuditQuery = Type.Object(
  {
    ...PageQuery,
    kind: Type.Optional(oneOf(adminActions, { description: 'Only actions of this kind.' })),
    user: Type.Optional(Type.String({ format: 'uuid', description: 'Only actions on this account.' })),
    actor: Type.Optional(Type.String({ format: 'uuid', description: 'Only actions by this admin.' })),
    from: Type.Optional(Day({ description: 'Only on or after this day, in UTC.' })),
    to: Type.Optional(Day({ description: 'Only on or before this day, in UTC.' })),
  },
  { additionalProperties: false },
)

/** Every shared schema of this resource. */
export const shared = [Person, PersonInDetail, PersonList, Dashboard, AdminAudit]
