/** The networks that a profile can link to. */
export const networks = ['linkedin', 'facebook', 'github', 'instagram', 'twitter', 'youtube'] as const

/**
 * Whether a text can stand as a link: an absolute https address that leads where it seems to. Nothing before an `@` in
 * front of the host, no backslash, nothing that cannot be seen: browsers read over all of these. Which host is free.
 */
export function isHttpsUrl(text: string): boolean {
  return /^https:\/\/[^@/?#\\]+([/?#][^\\]*)?$/i.test(text) && !/[\p{C}\p{Z}]/u.test(text) && URL.canParse(text)
}
