import type { Page } from 'playwright-core'

/** What a keyboard meets on a page: each stop of the Tab key, and what is wrong with it. */

export interface Stop {
  /** The accessible name as far as the page says it, for messages. */
  name: string
  key: number
  /** What is wrong with the stop, in words. */
  faults: string[]
}

/** Functions in the page, which has no `eval`: what is written here is evaluated by the debugger. */
export const inPage = String.raw`
window.__walk ??= (() => {
  const keys = new WeakMap()
  let counted = 0
  const keyOf = element => keys.get(element) ?? (keys.set(element, ++counted), counted)
  const nameOf = element => {
    const name = element.getAttribute('aria-label') || element.labels?.[0]?.textContent || element.textContent || element.placeholder || ''
    return (element.tagName.toLowerCase() + ' ' + name.trim().replace(/\s+/g, ' ')).slice(0, 60)
  }
  const isShown = element =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]') && element.getClientRects().length > 0
  const modal = () => [...document.querySelectorAll('dialog:modal')].at(-1)
  const controls = () => [...(modal() ?? document).querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex]')]
    .filter(element => !element.disabled && isShown(element) && element.tabIndex >= 0)
  // One radio button of a group has the focus for all of them.
  const groupOf = element => element.type === 'radio' ? 'radio ' + element.name : 'key ' + keyOf(element)
  const isOutlined = ({ outlineStyle, outlineWidth, outlineColor }) =>
    outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !/[,/] 0\)$/.test(outlineColor)
  // Itself, what it covers, or the box around it that looks like the field.
  const look = element =>
    (getComputedStyle(element).opacity !== '0' && isOutlined(getComputedStyle(element))) ||
    isOutlined(getComputedStyle(element, '::after')) ||
    (element.nextElementSibling !== null && isOutlined(getComputedStyle(element.nextElementSibling))) ||
    isOutlined(getComputedStyle(element.parentElement)) || isOutlined(getComputedStyle(element.parentElement.parentElement))
  const isUncovered = element => {
    const shown = element.labels?.[0]?.contains(element) ? element.labels[0] : element
    for (const { left, right, top, bottom } of shown.getClientRects()) {
      for (const share of [0.5, 0.1, 0.9]) {
        const hit = document.elementFromPoint(left + (right - left) * share, top + (bottom - top) * share)
        if (hit && (shown.contains(hit) || hit.contains(shown) || hit.closest('label')?.control === element)) return true
      }
    }
    return false
  }
  return {
    controls: () => controls().map(element => ({ group: groupOf(element), name: nameOf(element) })),
    stop: () => {
      const element = document.activeElement
      if (!element || element === document.body || element === document.documentElement) return null
      const faults = []
      if (!look(element)) faults.push('its focus is not visible')
      if (!isUncovered(element)) faults.push('something covers it, or it is out of view')
      return { key: keyOf(element), group: groupOf(element), name: nameOf(element), faults }
    },
  }
})()`

interface Walked {
  stops: (Stop & { group: string })[]
  /** Names of controls that Tab never reached. */
  missed: string[]
}

/** Presses Tab from the top of the page until it has been everywhere, or is back. */
export async function walk(page: Page, { key = 'Tab', most = 400 } = {}): Promise<Walked> {
  await page.evaluate(inPage)
  await page.evaluate('document.activeElement?.blur?.(); getSelection().removeAllRanges()')
  const stops: Walked['stops'] = []
  const seen = new Set<number>()
  const reached = new Set<string>()
  // After the last one the browser has the focus for a moment, and then the first.
  let outside = 0
  for (let pressed = 0; pressed < most && outside < 3; pressed++) {
    await page.keyboard.press(key)
    const stop = (await page.evaluate('__walk.stop()')) as (Stop & { group: string }) | null
    if (stop === null) {
      outside++
      continue
    }
    // Within a field for a date Tab goes from part to part.
    if (stop.key === stops.at(-1)?.key) continue
    if (seen.has(stop.key)) break
    seen.add(stop.key)
    reached.add(stop.group)
    stops.push(stop)
  }
  const controls = (await page.evaluate('__walk.controls()')) as { group: string; name: string }[]
  return { stops, missed: controls.filter(({ group }) => !reached.has(group)).map(({ name }) => name) }
}

/** Elements that something listens on for clicks and that no keyboard can reach: neither they nor what is in or around them. */
export async function clickableOnlyByMouse(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  try {
    const { result } = await session.send('Runtime.evaluate', { expression: 'document.getElementById("app")' })
    if (!result.objectId) return []
    const { listeners } = await session.send('DOMDebugger.getEventListeners', { objectId: result.objectId, depth: -1 })
    const found: string[] = []
    for (const { type, backendNodeId } of listeners) {
      if (!['click', 'pointerdown', 'mousedown'].includes(type) || backendNodeId === undefined) continue
      const { object } = await session.send('DOM.resolveNode', { backendNodeId })
      const { result: told } = await session.send('Runtime.callFunctionOn', {
        objectId: object.objectId as string,
        returnByValue: true,
        functionDeclaration: `function () {
          const isControl = 'a[href], button, input, select, textarea, summary, [tabindex]'
          const isFine = this.closest?.(isControl + ', label, dialog') || this.querySelector?.(isControl)
          return isFine ? null : this.outerHTML?.slice(0, 120) ?? null
        }`,
      })
      if (told.value) found.push(String(told.value))
    }
    return found
  } finally {
    await session.detach()
  }
}
