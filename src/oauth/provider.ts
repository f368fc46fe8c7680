/** What a sign-in needs to remember of itself while the person is at the provider. */
export interface Flow {
  /** Comes back with the person. */
  state: string
  /** Comes back inside the provider's word, so that it was given for this sign-in. */
  nonce: string
  /** PKCE: shows the provider that who redeems the code is who asked for it. */
  verifier: string
  /** Where the provider sends the person back to. */
  redirectUri: string
}

/** Who a provider says that somebody is. All texts are clean: well-formed, without control characters, not too long. */
export interface Person {
  /** Who says so. */
  issuer: string
  /** Who it is there; never given to somebody else. */
  subject: string
  email: string | null
  /** Whether the provider says that the address is the person's. */
  emailVerified: boolean
  /** What the person is called there, for a username. */
  nickname: string | null
  firstName: string | null
  lastName: string | null
}

/** Somebody who can say who people are. */
export interface Provider {
  readonly name: string
  /** The address to send the person to. @throws {ProviderError} */
  authorizationUrl(flow: Flow): Promise<URL>
  /**
   * Who came back, or undefined for one who did not want to.
   * @param callback the whole address they came back to. @throws {ProviderError}
   */
  identify(callback: URL, flow: Flow): Promise<Person | undefined>
}

/** The origins of a plain OAuth provider's pages and of its API, without a slash at the end. */
export interface Origins {
  /** Also the issuer of its identities. */
  site: string
  api: string
}

/** A provider that speaks OAuth 2.0 without OpenID: who somebody is, its own API tells. */
export interface PlainOAuth {
  /** Where everybody knows that it is. */
  origins: Origins
  at(origins: Origins): PlainEndpoints
}

export interface PlainEndpoints {
  /** What it calls itself in `iss`, where it sends one (RFC 9207). */
  issuer: string
  authorize: string
  token: string
  scope: string
  /** Asks the API who holds the token. @param get reads an address as JSON in their name. */
  person(get: (url: string) => Promise<unknown>): Promise<Omit<Person, 'issuer'>>
}

/** The provider did not play its part. Carries a short reason for the log, never anything of its answer. */
export class ProviderError extends Error {
  /** `provider_unavailable` when trying again may help. */
  readonly code: 'provider_failed' | 'provider_unavailable'
  readonly reason: string
  constructor(code: ProviderError['code'], reason: string) {
    super(`${code}: ${reason}`)
    this.name = 'ProviderError'
    this.code = code
    this.reason = reason
  }
}
