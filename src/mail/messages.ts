/**
 * The texts of e-mails about accounts: plain text, no tracking, and no names, because a stranger could choose a name to say something
 * to the owner of an address.
 */
export interface Message {
  subject: string
  text: string
  /** The same for programs that show it; of what is wanted regularly only. */
  html?: string
  headers?: Readonly<Record<string, string>>
}

/**
 * @param link opens the page that confirms the address.
 * @param at the time of the request, epoch ms.
 */
export function verificationMessage(link: string, at: number): Message {
  return {
    subject: 'Confirm your e-mail address for moodstreak',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, someone with a moodstreak account asked to confirm that this is their e-mail address. If that was you, open this link within 24 hours:`,
      link,
      'The link works once. If it was not you, ignore this message: the address stays unconfirmed.',
    ),
  }
}

/**
 * @param link opens the page that sets a new password.
 * @param at the time of the request, epoch ms.
 */
export function resetMessage(link: string, at: number): Message {
  return {
    subject: 'Reset your moodstreak password',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, a password reset was requested for the moodstreak account with this address. If that was you, open this link within 30 minutes and choose a new password:`,
      link,
      'The link works once, and a new password signs you out everywhere. Do not share the link.',
      'If it was not you, ignore this message: your password stays as it is.',
    ),
  }
}

/**
 * To the owner of an address, after somebody wanted to give it to another account.
 * @param link opens the page that sets a new password.
 * @param at the time of the request, epoch ms.
 */
export function addressTakenMessage(link: string, at: number): Message {
  return {
    subject: 'You already have a moodstreak account',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, someone used this address to sign up for moodstreak, or to change the address of another account. It was not added there, because you already have an account with it. If that was you and you have forgotten your password, open this link within 30 minutes and choose a new one:`,
      link,
      'Do not share the link. If it was not you, ignore this e-mail: your account stays as it is.',
    ),
  }
}

/**
 * To the account's address, after its password was changed or reset.
 * @param at the time, epoch ms.
 */
export function passwordChangedMessage(at: number): Message {
  return {
    subject: 'Your moodstreak password was changed',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, the password of your moodstreak account was changed. If that was you, you can ignore this message.`,
      'If it was not you, reset your password in the app, which signs everyone else out. If that does not work, contact the operator of this server.',
    ),
  }
}

/**
 * To the account's address, after a way to sign in was added.
 * @param at the time, epoch ms.
 */
export function identityLinkedMessage(at: number): Message {
  return {
    subject: 'A sign-in provider was linked to your moodstreak account',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, an account with another provider was linked to your moodstreak account and can now be used to sign in. If that was you, you can ignore this message.`,
      'If it was not you, someone else has access to your account: remove the link and change your password, which signs everyone else out.',
    ),
  }
}

/**
 * To the account's address, after a personal access token was made.
 * @param at the time, epoch ms.
 */
export function tokenCreatedMessage(at: number): Message {
  return {
    subject: 'A personal access token was made for your moodstreak account',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, a personal access token was made for your moodstreak account: a program that has it can use the account within its scopes. If that was you, there is nothing to do.`,
      'If it was not you, somebody else is in your account: choose a new password, which deletes all tokens and signs everybody else out.',
    ),
  }
}

/**
 * To the account's address, after its username was changed. Does not contain either name.
 * @param at the time, epoch ms.
 */
export function usernameChangedMessage(at: number): Message {
  return {
    subject: 'Your moodstreak account has another username now',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, the username of your moodstreak account was changed. You can still sign in with this e-mail address. If that was you, there is nothing to do.`,
      'If it was not you, somebody else is in your account: choose a new password, which signs everybody else out.',
    ),
  }
}

/**
 * To the address that an account had until now. Does not contain the new one.
 * @param at the time, epoch ms.
 */
export function emailChangedMessage(at: number): Message {
  return {
    subject: 'Your moodstreak e-mail address was changed',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, the e-mail address of your moodstreak account was changed. This address will receive no further mail about it.`,
      'If that was you, you can ignore this message. If it was not you, someone else has access to your account. Contact the operator of this server at once: the password can no longer be reset through this address.',
    ),
  }
}

function paragraphs(...texts: string[]): string {
  return `${[...texts, 'moodstreak'].join('\n\n')}\n`
}

const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** An instant for readers in any time zone: `5 March 2026 at 12:00 UTC`. */
function inWords(at: number): string {
  return `${format.format(at)} UTC`
}
