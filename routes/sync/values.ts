import { type Static, type TObject, Type } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { readOnlyFields, writes } from '../../src/http/typebox.ts'
import { nameOfUnstorable, unstorable } from '../../src/http/unstorable-text.ts'
import { type Complaint, sentences } from '../../src/http/validation-sentences.ts'
import { buildValidator } from '../../src/http/validators.ts'
import type { Deleted, Revised, State, Verb } from '../../src/sync/decide.ts'

/** The values of operations: what is wrong with one rejects its operation, and not the request. */

/**
 * What parses a value by the schema of a body.
 * @throws {ApiError} `invalid_request` with the sentences that the body would get.
 */
export function parser<T extends TObject>(schema: T): (value: unknown) => Static<T> {
  let validate: ReturnType<ReturnType<typeof buildValidator>> | undefined
  return value => {
    validate ??= buildValidator()({ schema, httpPart: 'body' })
    if (validate(value)) return value as Static<T>
    // A validator that has refused has complaints.
    const complaints = validate.errors as Complaint[]
    throw new ApiError('invalid_request', sentences(complaints, 'body', readOnlyFields(schema)))
  }
}

/** The body of a creation without the id, which the operation has. */
export function withoutId<T extends TObject>(resource: TObject, body: T): T {
  const { id: _, ...properties } = body.properties
  // It is `T` but for an optional field, which the values then never have.
  return writes(resource, Type.Object(properties, { additionalProperties: false }) as unknown as T)
}

/** @throws {ApiError} `invalid_request` where an operation has a value and takes none, or the other way round. */
export function checkPresence(op: Verb, value: unknown) {
  const takesValue = op === 'create' || op === 'update'
  if (takesValue === (value !== undefined)) return
  throw new ApiError('invalid_request', takesValue ? 'value is required' : `value is not taken by ${op}`)
}

/** @throws {ApiError} `invalid_request` for text that cannot be stored: it would keep back all that is sent with it. */
export function checkText(value: unknown) {
  const name = nameOfUnstorable(value)
  if (name !== undefined) throw new ApiError('invalid_request', unstorable(name))
}

/** Living things and deleted ones, by their ids. */
export function statesIn<L extends Revised>(
  living: ReadonlyMap<string, L>,
  deleted: ReadonlyMap<string, Deleted>,
): Map<string, State<L>> {
  return new Map<string, State<L>>([
    ...[...deleted].map(([id, one]) => [id, { deleted: one }] as const),
    ...[...living].map(([id, one]) => [id, { living: one }] as const),
  ])
}
