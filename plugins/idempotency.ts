import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type BoundWrite, Conflict } from '../src/db/database.ts'
import { ApiError } from '../src/errors.ts'
import { pathOf } from '../src/http/problem-details.ts'
import { type KeyLimitOptions, keyLimit } from '../src/idempotency/key-limit.ts'
import { idempotencyStore, type KeyUse } from '../src/idempotency/keys.ts'
import type { AnyId } from '../src/ids.ts'

/** A request that creates something. */
export interface Creation<T, Id extends AnyId> {
  /** The id of the new resource. */
  id: Id
  /**
   * Of the submission, where the client chose the id: tells a retry from a clash. Several where it was digested in another
   * way before: the first is the one that is stored.
   */
  digests?: readonly string[]
  /** The tables in which an id that the user has used before conflicts. */
  tables?: readonly string[]
  /** Whether nothing is to be stored: the key is not used up, and `create` only tells what would be created. */
  dryRun?: boolean
  /** Creates it together with other writes in the same batch; undefined when a guard of the batch failed. */
  create(alongside: readonly BoundWrite<unknown>[]): Promise<T | undefined>
  /** The current state of the resource, created now or before; undefined when it was deleted. */
  find(id: Id): Promise<(T & { digest?: string | null }) | undefined>
}

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Creates a resource once, however often the request is sent with the same `Idempotency-Key` or the same client-made
     * id, and sets the status: 201, or 200 for a retry by id and where nothing is stored.
     * @returns the resource, created now or before.
     * @throws {ApiError} `idempotency_key_reused` or `id_taken` when the key or id was used for another request,
     *   `entry_deleted` when the resource was deleted, `authentication_required` when the user was, `limit_reached` when there
     *   is no room for it, `too_many_requests` when the account has used too many keys.
     */
    createOnce<T, Id extends AnyId>(creation: Creation<T, Id>): Promise<T>
  }
}

/** Safe retries of creating requests (docs/security.md, line 30). */
export default fp<KeyLimitOptions>(
  async (app, options) => {
    const keys = idempotencyStore(app.database)
    const limit = keyLimit(keys.count, options)

    app.decorateReply('createOnce', async function <
      T,
      Id extends AnyId,
    >(this: FastifyReply, creation: Creation<T, Id>) {
      const { id, find, dryRun = false } = creation
      const { request } = this
      const user = request.principal.user.id
      const key = request.headers['idempotency-key'] as string | undefined
      this.code(dryRun ? 200 : 201)
      const use: KeyUse | undefined = key === undefined ? undefined : { digest: digestOf(request), resourceId: id }
      const alongside = use && !dryRun ? [keys.keepingWrite(user, key as string, use, app.now())] : []

      /** What the key stands for; undefined when it is new or there is none. */
      const replayed = async () => {
        const kept = use && (await keys.find(user, key as string, app.now()))
        if (!kept) return undefined
        if (kept.digest !== use.digest) throw new ApiError('idempotency_key_reused')
        const made = await find(kept.resourceId as Id)
        if (made === undefined)
          throw new ApiError('entry_deleted', 'The resource that this request created has been deleted.')
        return made
      }

      /** Undefined when a guard of the batch failed. */
      const attempt = async () => {
        try {
          const made = await createOrFind(this, creation, alongside)
          if (made !== undefined) return made
        } catch (error) {
          // The same request may have been sent twice at once, and the other one came first and took the last room.
          const made = isLimitReached(error) && (await replayed())
          if (made) return made
          throw error
        }
        return replayed()
      }

      const before = await replayed()
      if (!before && use && !dryRun) await limit.add(user, app.now())
      // Again, because what was in the way may have gone: an account that was full has room when something is deleted.
      const made = before ?? (await attempt()) ?? (await attempt())
      if (made === undefined) throw new ApiError('authentication_required')
      return made
    })
  },
  { name: 'idempotency', dependencies: ['authentication', 'clock', 'db'] },
)

/** Creates a resource, or finds the one that the same submission created before under its id. */
async function createOrFind<T, Id extends AnyId>(
  reply: FastifyReply,
  { id, digests = [], tables = [], create, find }: Creation<T, Id>,
  alongside: readonly BoundWrite<unknown>[],
): Promise<T | undefined> {
  try {
    return await create(alongside)
  } catch (error) {
    const isTaken = error instanceof Conflict && tables.includes(error.table)
    // The rules may refuse today what was created by the first of these requests.
    if (!isTaken && !(error instanceof ApiError && digests.length > 0)) throw error
    const there = await find(id)
    if (there?.digest && digests.includes(there.digest)) {
      reply.code(200)
      return there
    }
    throw isTaken ? new ApiError('id_taken', 'You already used this id for something else.') : error
  }
}

/** Whether a quota is used up: also by the same request, sent before. */
function isLimitReached(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'limit_reached'
}

function digestOf(request: FastifyRequest): string {
  return hash('sha256', JSON.stringify([request.method, pathOf(request.url), request.body]), 'base64url')
}
