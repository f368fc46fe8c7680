import t from 'tap'
import { Conflict, Unavailable } from '../../src/db/database.ts'
import { translate } from '../../src/db/errors.postgres.ts'

const failure = (code: string, message: string, more = {}) => Object.assign(new Error(message), { code, ...more })
const duplicate = (constraint: string, more = {}) =>
  failure('23505', `duplicate key value violates unique constraint "${constraint}"`, more)

t.test('a conflict is named by its table, also when a shard reports it, in any language', t => {
  for (const [error, table] of [
    [duplicate('usernames_pkey', { table: 'usernames' }), 'usernames'],
    [duplicate('usernames_pkey_102584'), 'usernames'],
    [duplicate('emails_pkey_102008', { table: 'emails_102008' }), 'emails'],
    [duplicate('identities_pk_102009'), 'identities'],
    [duplicate('moods_pk_102041'), 'moods'],
    [duplicate('mood_tags_pk_102077'), 'mood_tags'],
    [duplicate('idempotency_keys_pk_9'), 'idempotency_keys'],
    [failure('23505', 'doppelter Schlüsselwert verletzt Unique-Constraint »tasks_pk_102008«'), 'tasks'],
    [new Error('drizzle quotes values', { cause: duplicate('usernames_pkey_1') }), 'usernames'],
    [duplicate('of_another_program', { table: 'others' }), 'others'],
    [duplicate('of_another_program'), 'undefined'],
  ] as const) {
    const translated = translate(error)
    t.ok(translated instanceof Conflict)
    t.equal((translated as Conflict).table, table, error.message)
  }
  t.end()
})

t.test('internal errors and unsupported features say what the server said, others only their code', t => {
  const repartitioning = failure('0A000', 'the query contains a join that requires repartitioning', {
    hint: 'Set citus.enable_repartition_joins to on to enable repartitioning',
    routine: 'JobExecutorType',
    detail: 'Key (folded)=(maya) already exists.',
  })
  const translated = translate(repartitioning)
  t.match(translated, {
    message: 'the database failed: 0A000: the query contains a join that requires repartitioning',
    routine: 'JobExecutorType',
    hint: /enable_repartition_joins/,
  })
  t.notMatch(JSON.stringify({ ...(translated as object) }), /maya/)
  t.match(translate(failure('XX000', 'unexpected')), { message: 'the database failed: XX000: unexpected' })
  const quoting = translate(failure('22P02', 'invalid input: "secret"', { routine: 'x', hint: 'secret' }))
  t.equal((quoting as Error).message, 'the database failed: 22P02')
  t.strictSame({ ...(quoting as object) }, { name: 'DatabaseFailure' })
  t.end()
})

t.test('a machine of a cluster that does not answer is one that will be back', t => {
  for (const code of ['08006', '57P01', '40P01', 'ECONNREFUSED'])
    t.ok(translate(failure(code, `connection to the remote node 10.0.0.1:5432 failed`)) instanceof Unavailable, code)
  for (const message of [
    'failure on connection marked as essential: 10.0.0.1:5432',
    "failed to prepare transaction 'citus_0_1_2_3' on host 10.0.0.1:5432",
    'server closed the connection unexpectedly',
  ])
    t.ok(translate(failure('XX000', message)) instanceof Unavailable, message)
  t.end()
})
