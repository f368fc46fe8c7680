import { Type } from '@sinclair/typebox'
import { censusDays, maxCategories } from '../../src/administration/census.ts'
import { accountStates, peopleSorts } from '../../src/administration/people.ts'
import { nullable, oneOf, ref } from '../../src/typebox.ts'
import { adminActions, roles } from '../../src/vocabulary.ts'
import { PageQuery, pageFields } from '../paging.ts'
import { Count, Day, Instant } from '../wire.ts'

/** The desk of the admins on the wire. */

const id = Type.String({ format: 'uuid', examples: ['019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'] })

const personFields = {
  id,
  username: Type.String({ maxLength: 64, examples: ['maya'] }),
  email: nullable(Type.String({ maxLength: 254, examples: ['maya@example.org'] })),
  email_verified: Type.Boolean({ description: 'Whether the person showed that the address is theirs.' }),
  role: oneOf(roles),
  disabled: Type.Boolean({ description: 'Whether nobody may sign in to the account or use its tokens.' }),
  created_at: Instant({ description: 'When the account was made.' }),
  last_signed_in_at: nullable(Instant({ description: 'Null when that was longer than a year ago.' })),
}

export const Person = Type.Object(personFields, {
  $id: 'Person',
  description: 'An account, as an admin sees it: nothing of what the person wrote.',
})

export const PersonInDetail = Type.Object(
  {
    ...personFields,
    counts: Type.Object(
      {
        entries: Count({ description: 'Mood entries.', examples: [730] }),
        tasks: Count({ examples: [10] }),
        sessions: Count({ description: 'Sign-ins that are still good.', examples: [2] }),
        tokens: Count({ description: 'Personal access tokens.', examples: [1] }),
      },
      { description: 'How much there is of theirs.' },
    ),
  },
  { $id: 'PersonInDetail', description: 'An account, as an admin sees it, and how much is in it.' },
)

export const PersonList = Type.Object(
  { users: Type.Array(ref(Person), { maxItems: 100 }), ...pageFields },
  { $id: 'PersonList', description: 'A page of the accounts.' },
)

export const PersonQuery = Type.Object(
  {
    ...PageQuery,
    q: Type.Optional(
      Type.String({
        maxLength: 100,
        format: 'label',
        description: 'Only accounts with this in the username or the e-mail address, whatever the case.',
      }),
    ),
    role: Type.Optional(oneOf(roles, { description: 'Only accounts with this role.' })),
    state: Type.Optional(oneOf(accountStates, { description: 'Only accounts that may sign in, or that may not.' })),
    sort: Type.Optional(
      oneOf(peopleSorts, {
        description: '`-created_at` (newest first) when absent. By `username` case does not matter.',
      }),
    ),
  },
  { additionalProperties: false },
)

export const PersonChange = Type.Object(
  {
    role: Type.Optional(oneOf(roles, { description: 'Takes effect with the next request of the person.' })),
    disabled: Type.Optional(
      Type.Boolean({
        description: 'True ends every session and refuses every token; false lets the person sign in again.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ role: 'instructor' }] },
)

const ofRole = Type.Object({ active: Count({ examples: [3] }), disabled: Count({ examples: [0] }) })

export const Dashboard = Type.Object(
  {
    version: Type.String({ maxLength: 64, description: 'Of the server.', examples: ['0.1.0'] }),
    users: Type.Object(
      { member: ofRole, instructor: ofRole, admin: ofRole },
      { description: 'Accounts by role, those that may sign in and those that may not.' },
    ),
    days: Type.Array(
      Type.Object({
        date: Day({ description: 'A day in UTC.' }),
        new_users: Count({ description: 'Accounts made on this day, in UTC, that are still there.' }),
        active_users: Count({ description: 'People with an entry for this day.' }),
        entries: Count({ description: 'Entries for this day, which is the day on their person’s calendar.' }),
      }),
      { minItems: censusDays, maxItems: censusDays, description: `The last ${censusDays} days, today the last.` },
    ),
    sessions: Count({ description: 'Sign-ins that are still good.', examples: [5] }),
    tasks: Type.Object({ open: Count({ examples: [7] }), completed: Count({ examples: [3] }) }),
    sequences: Type.Object({
      total: Count({ description: 'Private ones too.', examples: [4] }),
      published: Type.Array(
        Type.Object({
          category: nullable(Type.String({ maxLength: 64, examples: ['morning'] })),
          count: Count({ examples: [2] }),
        }),
        { maxItems: maxCategories, description: 'What everybody may read, by category, in lower case.' },
      ),
    }),
    storage_bytes: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'What the database holds on the disk.',
      examples: [4_194_304],
    }),
  },
  { $id: 'Dashboard', description: 'How much there is of everything, and of nobody in particular.' },
)

const AdminActionDone = Type.Object(
  {
    id,
    at: Instant({ description: 'When.' }),
    kind: oneOf(adminActions, { description: 'What.' }),
    actor_id: nullable(Type.String({ format: 'uuid', description: 'The admin; null for the command on the server.' })),
    target_id: nullable(
      Type.String({ format: 'uuid', description: 'Whose account; null since that person has deleted it.' }),
    ),
    role: nullable(oneOf(roles, { description: 'What a changed role became; else null.' })),
  },
  { description: 'What an admin did.' },
)
export const AdminAudit = Type.Object(
  { audit: Type.Array(AdminActionDone, { maxItems: 100 }), ...pageFields },
  { $id: 'AdminAudit', description: 'A page of what admins did.' },
)

export const AuditQuery = Type.Object(
  {
    ...PageQuery,
    kind: Type.Optional(oneOf(adminActions, { description: 'Only this.' })),
    user: Type.Optional(Type.String({ format: 'uuid', description: 'Only what was done to this account.' })),
    actor: Type.Optional(Type.String({ format: 'uuid', description: 'Only what this admin did.' })),
    from: Type.Optional(Day({ description: 'Only from this day on, in UTC.' })),
    to: Type.Optional(Day({ description: 'Only until this day, in UTC; it is included.' })),
  },
  { additionalProperties: false },
)

/** Every shared schema of this resource. */
export const shared = [Person, PersonInDetail, PersonList, Dashboard, AdminAudit]
