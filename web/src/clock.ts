import { signal } from '@preact/signals'

/** The time that the screens show: epoch ms, renewed at each full minute and when the page is looked at again. */
export const now = signal(Date.now())

export function startClock(): void {
  const tick = () => {
    now.value = Date.now()
    setTimeout(tick, 60_000 - (Date.now() % 60_000) + 20)
  }
  tick()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') now.value = Date.now()
  })
}
