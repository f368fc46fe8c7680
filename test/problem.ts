import type { LightMyRequestResponse } from 'fastify'

/** Stands in values that must never come back in an error. */
export const canary = 'canary4711'

const members = ['code', 'detail', 'errors', 'instance', 'status', 'title', 'type']
/** What only somebody who runs the server may read. */
const internals = new RegExp(`${canary}|SQLITE|node_modules|\\.ts\\b|at \\w+ \\(|select |insert `)

/**
 * Compares an answer with the one form of errors: readable, and without what was sent.
 * @returns what is wrong with it, which is nothing for a good one: all of it in one assertion.
 */
export function faultsOf({ statusCode, headers, body }: LightMyRequestResponse, status: number, instance: string) {
  const problem = parsed(body)
  const { errors } = problem
  const rules: Record<string, boolean> = {
    [`status ${statusCode}`]: statusCode === status && problem.status === status,
    'content type': /^application\/problem\+json/.test(String(headers['content-type'])),
    nosniff: headers['x-content-type-options'] === 'nosniff',
    'no-store': headers['cache-control'] === 'no-store',
    members: Object.keys(problem).sort().join() === members.join(),
    type: typeof problem.type === 'string' && problem.type !== '',
    title: /\w \w/.test(String(problem.title)),
    detail: /\w \w/.test(String(problem.detail)),
    instance: problem.instance === instance,
    code: /^[a-z]+(_[a-z]+)*$/.test(String(problem.code)),
    errors: Array.isArray(errors) && errors.length > 0 && errors.every(isReadable),
    internals: !internals.test(body),
  }
  return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [`${rule}: ${body.slice(0, 200)}`]))
}

const isReadable = (sentence: unknown) => /\w \w/.test(String(sentence)) && !/pattern|[\n{}\\]/.test(String(sentence))

function parsed(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body)
  } catch {
    return {}
  }
}
