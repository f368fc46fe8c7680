import { type Role, type Scope, scopes } from '../vocabulary.ts'

/**
 * Everything that a route can require. A permission that is not a scope needs a session: no personal access token has
 * it.
 */
export type Permission =
  | Scope
  | 'account:manage'
  | 'sequences:keep'
  | 'sequences:moderate'
  | 'admin:read'
  | 'admin:write'

const ofMembers: readonly Permission[] = [
  ...scopes.filter(scope => scope !== 'sequences:write'),
  'account:manage',
  'sequences:keep',
]
const ofInstructors: readonly Permission[] = [...ofMembers, 'sequences:write']

const byRole: Record<Role, ReadonlySet<Permission>> = {
  member: new Set(ofMembers),
  instructor: new Set(ofInstructors),
  admin: new Set([...ofInstructors, 'sequences:moderate', 'admin:read', 'admin:write']),
}

/** Whether a role has a permission. */
export function can(role: Role, permission: Permission): boolean {
  return byRole[role].has(permission)
}
