/** The code of a link in an e-mail: it stands in the fragment, which no server sees. */

let taken: string | undefined

/** Takes it, and keeps it out of the history and the address bar. */
export function takeCode(): string {
  const found = location.hash.slice(1)
  if (found !== '') {
    taken = found
    history.replaceState(history.state, '', location.pathname + location.search)
  }
  return taken ?? ''
}
