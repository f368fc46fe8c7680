export {
  type Call,
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type RawRequest,
} from './client.ts'
export type { Environment } from './environment.ts'
export { ApiProblem, NoAnswer, SignedOut } from './problem.ts'
export { type CredentialStore, type Credentials, credentialsInMemory } from './session.ts'
export type * from './wire.ts'
