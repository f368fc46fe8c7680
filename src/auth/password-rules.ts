import { ApiError } from '../errors.ts'
import { fold } from '../fold.ts'
import { fitsBcrypt } from './passwords.ts'

/** The owner's names: what a guesser who knows the person tries first. */
export interface PasswordOwner {
  username: string
  email?: string | null | undefined
}

/** In characters, as a person counts them. */
export const minPasswordLength = 8

/**
 * How many of the commonest passwords are refused. Counted among those of sufficient length, so that the list is not
 * used up by passwords that are too short anyway.
 */
const refusedPasswords = 3_000

/**
 * The reason to refuse a new password, or undefined. There are no composition rules: rules about digits and capitals
 * make people write `Password1!`. It is compared with the commonest ones and with the owner's name after folding,
 * because a guesser tries those in every case and width; what is stored is the password as it is.
 * @param field what the sentence calls it.
 */
export async function passwordProblem(
  password: string,
  owner: PasswordOwner,
  field = 'password',
): Promise<ApiError | undefined> {
  if (password.includes('\0')) return new ApiError('invalid_request', `${field} must not contain NUL`)
  if ([...password].length < minPasswordLength) {
    return new ApiError('invalid_request', `${field} must have at least ${minPasswordLength} characters`)
  }
  if (!fitsBcrypt(password)) return new ApiError('invalid_request', `${field} must be at most 72 bytes long`)
  const folded = fold(password)
  if (namesOf(owner).includes(folded)) {
    return new ApiError('password_too_common', `${field} must not be the username or the e-mail address`)
  }
  if ((await commonPasswords()).has(folded)) {
    return new ApiError('password_too_common', `${field} is too common and easy to guess; use a few random words`)
  }
  return undefined
}

/** The part of an address before its `@` counts as a name too: it often is one, and every correspondent knows it. */
function namesOf({ username, email }: PasswordOwner): string[] {
  const address = fold(email ?? '')
  return [fold(username), address, address.slice(0, address.lastIndexOf('@'))]
}

let common: Promise<ReadonlySet<string>> | undefined

/** Read when the first password is chosen, not at start: unpacking the list takes 40 ms. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => {
    // The most common first, all in lower case.
    const longEnough = dictionary['passwords-common'].filter(password => password.length >= minPasswordLength)
    return new Set(longEnough.slice(0, refusedPasswords))
  })
  return common
}
