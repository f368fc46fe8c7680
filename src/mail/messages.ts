/**
 * The texts of e-mails: plain text, no tracking, and no names, because a stranger could choose a name to say something
 * to the owner of an address.
 */
export interface Message {
  subject: string
  text: string
}

/**
 * @param link opens the page that confirms the address.
 * @param at the time of the request, epoch ms.
 */
export function verificationMessage(link: string, at: number): Message {
  return {
    subject: 'Is this your e-mail address?',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, somebody with a moodstreak account asked us to check that this address is theirs. If that was you, open this link within 24 hours and confirm it:`,
      link,
      'The link works once. If it was not you, there is nothing to do: the address stays unconfirmed.',
    ),
  }
}

/**
 * @param link opens the page that sets a new password.
 * @param at the time of the request, epoch ms.
 */
export function resetMessage(link: string, at: number): Message {
  return {
    subject: 'Choose a new password for moodstreak',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, somebody said that they had forgotten the password of the moodstreak account with this address. If that was you, open this link within 30 minutes and choose a new one:`,
      link,
      'The link works once, and a new password signs you out everywhere. Pass the link on to nobody.',
      'If it was not you, there is nothing to do: your password stays as it is.',
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
      `On ${inWords(at)}, the password of your moodstreak account was changed. If that was you, there is nothing to do.`,
      'If it was not you, say in the app that you have forgotten your password: that gets you a new one and signs everybody else out. If it does not work, turn to whoever runs this server.',
    ),
  }
}

/**
 * To the account's address, after a way to sign in was added.
 * @param at the time, epoch ms.
 */
export function identityLinkedMessage(at: number): Message {
  return {
    subject: 'There is another way into your moodstreak account now',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, an account with another provider was linked to your moodstreak account: whoever has it can sign in here. If that was you, there is nothing to do.`,
      'If it was not you, somebody else is in your account: remove the link, and choose a new password, which signs everybody else out.',
    ),
  }
}

/**
 * To the address that an account had until now. Does not contain the new one.
 * @param at the time, epoch ms.
 */
export function emailChangedMessage(at: number): Message {
  return {
    subject: 'Your moodstreak account has another e-mail address now',
    text: paragraphs(
      'Hello,',
      `On ${inWords(at)}, the e-mail address of your moodstreak account was changed. From now on, this address gets no more mail about it.`,
      'If that was you, there is nothing to do. If it was not you, somebody else is in your account: turn to whoever runs this server, at once, because a new password can no longer be sent to you here.',
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
