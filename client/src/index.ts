export {
  type Call,
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type RawRequest,
  type Versions,
} from './client.ts'
export type { Environment } from './environment.ts'
export { ApiProblem, NoAnswer, SignedOut } from './problem.ts'
export { type CredentialStore, type Credentials, credentialsInMemory } from './session.ts'
export type { Topic } from './sync/copy.ts'
export type { DeviceExplanation, DeviceStreak } from './sync/device-streak.ts'
export { openSync, type SyncEngine, type SyncOptions } from './sync/engine.ts'
export type { MoodInput } from './sync/entry.ts'
export type { StartOptions, Synced, SyncStatus } from './sync/in-step.ts'
export { type Lock, leaseLock, webLock } from './sync/lock.ts'
export type { RejectedWrite } from './sync/own-things.ts'
export type { Question, Thing } from './sync/records.ts'
export { type Batch, memoryStorage, type Storage } from './sync/storage.ts'
export type * from './wire.ts'
