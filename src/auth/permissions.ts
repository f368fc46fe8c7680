import { type Role, type Scope, scopes } from '../vocabulary.ts'

/** Everything that a route can require. What is no scope takes a sign-in: no script's token ever has it. */
export type Permission = Scope | 'account:manage' | 'sequences:moderate' | 'admin:read' | 'admin:write'

const ofMembers: readonly Permission[] = [...scopes.filter(scope => scope !== 'sequences:write'), 'account:manage']
const ofInstructors: readonly Permission[] = [...ofMembers, 'sequences:write']

const byRole: Record<Role, ReadonlySet<Permission>> = {
  member: new Set(ofMembers),
  instructor: new Set(ofInstructors),
  admin: new Set([...ofInstructors, 'sequences:moderate', 'admin:read', 'admin:write']),
}

/** Whether a role may do something. */
export function can(role: Role, permission: Permission): boolean {
  return byRole[role].has(permission)
}
