/** What the service worker says. Apart from texts.ts: the worker shares no file with the pages. */

export const reminder = {
  title: 'Your streak is at risk',
  body: 'Nothing is logged for today yet.',
}
