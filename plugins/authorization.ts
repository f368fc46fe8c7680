import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { can, type Permission } from '../src/auth/permissions.ts'
import type { Principal } from '../src/auth/principal.ts'
import { ApiError } from '../src/errors.ts'
import { scopes as allScopes, type Scope } from '../src/vocabulary.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The guard of every private route: 401 without authentication, 403 unless the role has one of the permissions, and a
     * personal access token the scope of one.
     */
    requires(
      ...permissions: [Permission, ...Permission[]]
    ): (request: FastifyRequest, reply: FastifyReply) => Promise<void>
    /** Runs the guard that let the request in again; it sets `request.principal`, or throws as it would now. */
    reauthorize(request: FastifyRequest): Promise<void>
  }
  interface FastifyRequest {
    /** Whether the sender may be shown what a scope for reading names: any session may. */
    mayRead(scope: Scope): boolean
    [guardOf]: Guard | undefined
  }
  interface FastifyReply {
    /**
     * The answer to a sender who may do this but perhaps not read: the resource, or a receipt for a personal token without
     * the scope to read it (docs/decisions/receipts.md). The schema of the answer describes the resource, so the receipt is
     * sent without it.
     * @param scope for reading the resource.
     */
    resourceOrReceipt<T>(scope: Scope, resource: () => T, receipt: () => object): T
  }
}

const guardOf = Symbol('guard')

type Guard = () => Promise<void>

/** What the sender of a request may do, by role and by the scopes of a personal access token. */
export default fp(
  async app => {
    app.decorate('requires', (...permissions) => {
      const guard = async (request: FastifyRequest, reply: FastifyReply) => {
        request[guardOf] = () => guard(request, reply)
        await app.authenticate(request, reply)
        const { user, scopes }: { user: Principal['user']; scopes?: readonly Permission[] } = request.principal
        if (!permissions.some(permission => can(user.role, permission))) throw new ApiError('forbidden')
        if (scopes && !permissions.some(permission => scopes.includes(permission))) throw outOfScope(permissions)
      }
      // The OpenAPI document names the scopes of a route.
      return Object.assign(guard, { permissions })
    })
    app.decorate('reauthorize', async request => request[guardOf]?.())
    app.decorateRequest(guardOf)
    app.decorateRequest('mayRead', function (this: FastifyRequest, scope) {
      const { principal } = this
      return principal.scopes === undefined || principal.scopes.includes(scope)
    })
    app.decorateReply('resourceOrReceipt', function <
      T,
    >(this: FastifyReply, scope: Scope, resource: () => T, receipt: () => object) {
      if (this.request.mayRead(scope)) return resource()
      this.type('application/json; charset=utf-8').serializer(JSON.stringify)
      return receipt() as T
    })
  },
  { name: 'authorization', dependencies: ['authentication'] },
)

/** RFC 6750: the missing scope. */
function outOfScope(permissions: readonly Permission[]): ApiError {
  const named = permissions.filter(permission => (allScopes as readonly string[]).includes(permission))
  const needed = named.length > 0 ? named : permissions
  return new ApiError(
    'insufficient_scope',
    `This needs the scope ${needed.join(' or ')}, or a session where no token can have that scope.`,
    { neededScope: needed[0] as string },
  )
}
