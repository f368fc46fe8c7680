/** The state of a sign-in while the person is at the provider. */
export interface Flow {
  /** Returned with the person. */
  state: string
  /** Returned inside the id token, which ties the token to this sign-in. */
  nonce: string
  /** PKCE: proves to the provider that the code is redeemed by the one who requested it. */
  verifier: string
  /** The address the provider sends the person back to. */
  redirectUri: string
}

/**
 * A person's identity according to a provider. All texts are clean: well-formed, without control characters, not too
 * long.
 */
export interface Person {
  /** The provider's issuer. */
  issuer: string
  /** The person's id there; never reassigned. */
  subject: string
  email: string | null
  /** Whether the provider says that the address is verified. */
  emailVerified: boolean
  /** The person's name there, for a username. */
  nickname: string | null
  firstName: string | null
  lastName: string | null
}

/** A provider that people can sign in with. */
export interface Provider {
  readonly name: string
  /**
   * The address to send the person to.
   * @throws {ProviderError}
   */
  authorizationUrl(flow: Flow): Promise<URL>
  /**
   * The person who came back, or undefined if they declined.
   * @param callback the whole address they came back to.
   * @throws {ProviderError}
   */
  identify(callback: URL, flow: Flow): Promise<Person | undefined>
}

/** The origins of a plain OAuth provider's pages and of its API, without a slash at the end. */
export interface Origins {
  /** Also the issuer of its identities. */
  site: string
  api: string
}

/** A provider that speaks OAuth 2.0 without OpenID: its own API identifies people. */
export interface PlainOAuth {
  /** Its well-known address. */
  origins: Origins
  at(origins: Origins): PlainEndpoints
}

export interface PlainEndpoints {
  /** Its value of `iss`, if it sends one (RFC 9207). */
  issuer: string
  authorize: string
  token: string
  scope: string
  /**
   * Asks the API whose token it is.
   * @param get reads an address as JSON with the token.
   */
  person(get: (url: string) => Promise<unknown>): Promise<Omit<Person, 'issuer'>>
}

/** The provider failed. Carries a short reason for the log, never anything of its answer. */
export class ProviderError extends Error {
  /** `provider_unavailable` when a retry may help. */
  readonly code: 'provider_failed' | 'provider_unavailable'
  readonly reason: string
  constructor(code: ProviderError['code'], reason: string) {
    super(`${code}: ${reason}`)
    this.name = 'ProviderError'
    this.code = code
    this.reason = reason
  }
}
