import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { BoundWrite } from '../src/db/database.ts'
import { ApiError } from '../src/errors.ts'
import { pathOf } from '../src/http/problem-details.ts'
import { idempotencyStore, type KeyUse } from '../src/idempotency/keys.ts'
import type { AnyId } from '../src/ids.ts'

/** A request that creates something. */
export interface Creation<T, Id extends AnyId> {
  /** The id of the new resource. */
  id: Id
  /** The writes that create it; or a function that creates it together with other writes in the same batch. */
  create: readonly BoundWrite<unknown>[] | ((alongside: readonly BoundWrite<unknown>[]) => Promise<T | undefined>)
  /** The current state of the resource, created now or before; undefined when it was deleted. */
  find(id: Id): Promise<T | undefined>
}

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Creates a resource once, however often the request is sent with the same `Idempotency-Key`, and sets the status.
     * @returns the resource, created now or before; undefined when it could not be created.
     * @throws {ApiError} `idempotency_key_reused` when the key was used for another request, `not_found` when the
     *   resource was deleted.
     */
    createOnce<T, Id extends AnyId>(creation: Creation<T, Id>): Promise<T | undefined>
  }
}

/** Safe retries of creating requests (docs/security.md, line 30). */
export default fp(
  async app => {
    const keys = idempotencyStore(app.database)

    app.decorateReply('createOnce', async function <
      T,
      Id extends AnyId,
    >(this: FastifyReply, { id, create: writes, find }: Creation<T, Id>) {
      const create =
        typeof writes === 'function'
          ? writes
          : async (alongside: readonly BoundWrite<unknown>[]) =>
              (await app.database.atomic([...writes, ...alongside])) ? find(id) : undefined
      const { request } = this
      const user = request.principal.user.id
      const key = request.headers['idempotency-key'] as string | undefined
      this.code(201)
      if (key === undefined) return create([])

      const use: KeyUse = { digest: digestOf(request), resourceId: id }
      const replay = async (kept: KeyUse) => {
        if (kept.digest !== use.digest) throw new ApiError('idempotency_key_reused')
        const made = await find(kept.resourceId as Id)
        if (made === undefined) throw new ApiError('not_found', 'What this request made has been deleted since.')
        return made
      }
      const before = await keys.find(user, key, app.now())
      if (before) return replay(before)
      const made = await create([keys.keepingWrite(user, key, use, app.now())])
      if (made !== undefined) return made
      // The same request may have been sent twice at once, and the other one came first.
      const meanwhile = await keys.find(user, key, app.now())
      return meanwhile && replay(meanwhile)
    })
  },
  { name: 'idempotency', dependencies: ['auth', 'clock', 'db'] },
)

function digestOf(request: FastifyRequest): string {
  return hash('sha256', JSON.stringify([request.method, pathOf(request.url), request.body]), 'base64url')
}
