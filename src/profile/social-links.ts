/** The networks that a profile can link to. */
export const networks = ['linkedin', 'facebook', 'github', 'instagram', 'twitter', 'youtube'] as const

/**
 * Whether a text can be a link: an absolute https address that leads where it seems to. No userinfo, no backslash,
 * nothing invisible, all of which browsers silently accept. Any host.
 */
export function isHttpsUrl(text: string): boolean {
  return /^https:\/\/[^@/?#\\]+([/?#][^\\]*)?$/i.test(text) && !/[\p{C}\p{Z}]/u.test(text) && URL.canParse(text)
}
