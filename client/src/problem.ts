import type { ErrorCode, Problem } from './wire.ts'

/** An error that the server answered. Decide by `code`; `errors` are sentences for people. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly problem: Problem
  /** Time (ms) after which a retry is worthwhile; undefined where the server named none. */
  readonly retryAfterMs: number | undefined

  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.errors.join(' ') || problem.detail)
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }

  get code(): ErrorCode {
    return this.problem.code
  }

  get status(): number {
    return this.problem.status
  }

  /** One readable sentence per problem. */
  get errors(): readonly string[] {
    return this.problem.errors
  }
}

/** No answer arrived: no network, a time-out, or something in between that is no moodstreak server. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** There is no session any more, or there never was one: somebody has to sign in. What is queued stays queued. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
}

/** The problem of an answer; one that is none of the server's, as of a proxy, is told by its status. */
export function problemOf(status: number, body: unknown, retryAfterMs?: number): ApiProblem | NoAnswer {
  const said = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>
  if (typeof said.code !== 'string' || !Array.isArray(said.errors)) return new NoAnswer(`status ${status}`)
  return new ApiProblem({ ...(said as Problem), status }, retryAfterMs)
}

/** A problem found on the device, in the form that the server would tell it. */
export const ownProblem = (code: ErrorCode, errors: readonly string[]): ApiProblem =>
  new ApiProblem(problemBody(code, errors))

/** The body of an error as the server would send it. */
export function problemBody(code: ErrorCode, errors: readonly string[], status = 400): Problem {
  const type = `urn:moodstreak:error:${code}`
  const detail = errors.join(' ')
  return { type, title: 'Invalid request', status, detail, instance: '', code, errors: [...errors] }
}
