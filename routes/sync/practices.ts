import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { nullable, writes } from '../../src/http/typebox.ts'
import { idFrom, type PracticeId } from '../../src/ids.ts'
import type { Things } from '../../src/sync/run-operations.ts'
import type { FoundPractice, PracticeStep } from '../../src/yoga/practice-steps.ts'
import { Day } from '../wire.ts'
import { digestOfSubmission } from '../writing.ts'
import type { YogaContext } from '../yoga/context.ts'
import { changedPractice, newPractice } from '../yoga/practice-answers.ts'
import { Practice, PracticeChange } from '../yoga/practice-schemas.ts'
import { parser, statesIn } from './values.ts'

const NewValue = writes(
  Practice,
  Type.Object(
    {
      sequence_id: Type.String({ format: 'uuid' }),
      date: Type.Optional(nullable(Day())),
      note: Type.Optional(nullable(Type.String({ maxLength: 10_000 }))),
    },
    { additionalProperties: false },
  ),
)
const parseNew = parser(NewValue)
const parseChange = parser(PracticeChange)

/** The value of an operation on a practice. */
export function parsePractice(op: 'create' | 'update', value: unknown): object {
  return op === 'create' ? parseNew(value) : parseChange(value)
}

/** Practices, as operations see them. */
export function practiceThings(
  { practices, readableSequence }: Pick<YogaContext, 'practices' | 'readableSequence'>,
  request: FastifyRequest,
): Things<FoundPractice, PracticeStep, Static<typeof NewValue>> {
  const { user } = request.principal
  const now = request.server.now()
  const { steps, deletions } = practices
  const sequences = new Map<string, ReturnType<typeof readableSequence>>()
  const digestOf = ({ sequence_id: sequence, ...body }: Static<typeof NewValue>) =>
    digestOfSubmission({ ...body, sequence: sequence.toLowerCase() })

  return {
    load: async ids =>
      statesIn(...(await Promise.all([practices.findAll(user.id, ids), deletions.findAll(user.id, ids, now)]))),
    digestsOf: body => [digestOf(body)],
    async create(id, body) {
      const found = sequences.get(body.sequence_id) ?? readableSequence(user.id, body.sequence_id)
      sequences.set(body.sequence_id, found)
      const fields = newPractice(request, body, await found)
      return steps.add(user.id, { ...fields, id: idFrom<PracticeId>(id), digest: digestOf(body) }, now)
    },
    update(found, body) {
      const fields = changedPractice(request, found, body as Static<typeof PracticeChange>)
      return fields && steps.replace(user.id, found, fields, now)
    },
    remove: found => steps.remove(user.id, found, { now, permanently: false }),
    restore: deleted => steps.restore(user.id, deleted, now),
    count: made => ({ write: steps.countWrite(user.id, made), written: () => {} }),
    freeWrites: ids => deletions.freeWrites(user.id, ids),
    shown: ({ practice }) => practice,
  }
}
