/**
 * What the pages of the app may do, by directive: of this server everything, of others nothing, and no text of a page as
 * code or style. Pictures may be made on the page. Forms are sent by scripts only: a password that is typed before they
 * have loaded goes nowhere.
 */
export const appPolicy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' blob: data:",
  'font-src': "'self'",
  'media-src': "'self'",
  'connect-src': "'self'",
  'worker-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

/** The value of `Content-Security-Policy`. */
export function policyText(policy: Readonly<Record<string, string>>): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join(';')
}
