import { ApiProblem, SignedOut } from './problem.ts'
import type { Tokens } from './wire.ts'

/** What a signed-in device keeps. */
export interface Credentials {
  token: string
  refresh_token: string
  /** When the access token ends, by the clock of the device: epoch ms. */
  expires_at: number
}

/** Where credentials are kept, such as a keychain. Without one they are lost on a restart. */
export interface CredentialStore {
  load(): Promise<Credentials | undefined> | Credentials | undefined
  save(credentials: Credentials | undefined): Promise<void> | void
}

export function credentialsInMemory(): CredentialStore {
  let kept: Credentials | undefined
  return {
    load: () => kept,
    save: credentials => {
      kept = credentials
    },
  }
}

/** An access token is exchanged this long (ms) before it ends. */
const marginMs = 30_000

interface Parts {
  store: CredentialStore
  /** Epoch ms. */
  now: () => number
  refresh: (refreshToken: string) => Promise<Tokens>
  onSignedOut: () => void
}

/** The session of a device that signs its requests with an access token. One exchange of the refresh token at a time. */
export function bearerSession({ store, now, refresh, onSignedOut }: Parts) {
  let exchanging: Promise<Credentials> | undefined

  /** @param stale the access token that is no longer good. */
  async function exchange(stale: string): Promise<Credentials> {
    const kept = await store.load()
    if (!kept) throw new SignedOut()
    // Another tab was first.
    if (kept.token !== stale) return kept
    try {
      return await keep(await refresh(kept.refresh_token))
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status >= 500 || error.status === 429) throw error
      await end()
      throw new SignedOut()
    }
  }

  async function keep(tokens: Tokens): Promise<Credentials> {
    const { token, refresh_token } = tokens
    const credentials = { token, refresh_token, expires_at: now() + tokens.expires_in * 1000 }
    await store.save(credentials)
    return credentials
  }

  async function end(): Promise<void> {
    await store.save(undefined)
    onSignedOut()
  }

  return {
    keep,
    end,
    isKept: async (): Promise<boolean> => (await store.load()) !== undefined,
    /** A token that is good, as far as the device knows; undefined when signed out. */
    async token(): Promise<string | undefined> {
      const kept = await store.load()
      if (!kept || kept.expires_at - marginMs > now()) return kept?.token
      return (await this.renewed(kept.token)).token
    },
    /**
     * The successor of a token that the server no longer takes.
     * @throws {SignedOut} when the session has ended; {NoAnswer} when that is not known.
     */
    renewed(stale: string): Promise<Credentials> {
      exchanging ??= exchange(stale).finally(() => {
        exchanging = undefined
      })
      return exchanging
    },
  }
}
export type BearerSession = ReturnType<typeof bearerSession>
