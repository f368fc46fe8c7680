/**
 * Keeps the focus from being lost when what has it goes: a deleted row, a button that was replaced, a message that ended. A
 * browser gives it to the document then, and a keyboard or a screen reader starts again at the top of the page.
 */

/** Where an element stood when it went. */
interface Place {
  parent: Node
  next: Node | null
}

const remembered = 12
/** What had the focus, the latest first, and where those stood that are gone. */
let had: Element[] = []
const places = new WeakMap<Element, Place>()
/** Whether the person left the focus themselves, by a click beside it. */
let isLeft = false

const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary'
/** A field would open the keyboard of a phone. */
const field = 'select, textarea, input:not([type=checkbox], [type=radio], [type=range])'
/** What stands above the screen for a while: after it the focus goes back to where it was. */
const passing = 'dialog, .toasts'
/** Beyond these nothing is near any more. */
const wide = 'main, dialog, .toasts, .shell-main, body'

const isUsable = (element: Element) =>
  element.isConnected &&
  element.matches(`${focusable}, [tabindex]`) &&
  (element.checkVisibility?.({ visibilityProperty: true }) ?? true)

/** Starts watching. Screens that know better move the focus themselves, and before this does. */
export function keepFocus(): void {
  document.addEventListener('focusin', ({ target }) => {
    isLeft = false
    if (target instanceof Element) had = [target, ...had.filter(one => one !== target)].slice(0, remembered)
  })
  document.addEventListener('focusout', ({ target, relatedTarget }) => {
    if (relatedTarget !== null || !(target instanceof Element)) return
    // Whether it is about to go shows a moment later.
    queueMicrotask(() => {
      isLeft = hasNone() && isUsable(target)
    })
  })
  new MutationObserver(records => {
    for (const { target, removedNodes, nextSibling } of records) {
      for (const gone of removedNodes) note(gone, { parent: target, next: nextSibling })
    }
    if (isLost()) afterEffects(() => isLost() && restore())
  }).observe(document, { childList: true, subtree: true, attributeFilter: ['disabled', 'hidden'] })
}

function note(gone: Node, place: Place) {
  for (const element of had) {
    const before = places.get(element)
    if (gone.contains(element) && !element.isConnected) places.set(element, place)
    else if (before && gone.contains(before.parent)) places.set(element, place)
    else if (before && before.next === gone) before.next = place.next
  }
}

const hasNone = () => (document.activeElement ?? document.body) === document.body
const isLost = () => !isLeft && had[0] !== undefined && !isUsable(had[0]) && hasNone()

/** Effects run in a frame after rendering. */
const afterEffects = (work: () => void) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(work)))

function restore() {
  const [latest, ...earlier] = had
  if (!latest) return
  const isPassing = (element: Element) =>
    element.closest(passing) !== null || parentOf(element)?.closest(passing) != null
  const from = isPassing(latest) ? [latest, ...earlier.filter(element => !isPassing(element)).slice(0, 1)] : [latest]
  const found = from.map(element => (isUsable(element) ? element : neighbourOf(element))).find(Boolean) ?? headingOf()
  if (found instanceof HTMLElement) found.focus({ preventScroll: !found.matches(focusable) })
}

function parentOf(element: Element): Element | undefined {
  const parent = places.get(element)?.parent
  return parent instanceof Element ? parent : undefined
}

/** What stands where something was: what followed it, else what came before. */
function neighbourOf(element: Element): Element | undefined {
  const place = places.get(element) ?? { parent: element.parentNode as Node, next: element.nextSibling }
  let { next } = place
  for (let near = place.parent; near instanceof Element && !near.matches(wide); near = near.parentNode as Node) {
    const others = [...near.querySelectorAll(focusable)].filter(one => isUsable(one) && !one.matches(field))
    const mark = next
    const follows = (one: Element) =>
      mark !== null &&
      (mark.contains(one) || (mark.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0)
    const found = others.find(follows) ?? others.at(-1)
    if (found) return found
    next = near.nextSibling
  }
  return undefined
}

const headingOf = () => [...document.querySelectorAll('dialog[open] h2, main h1')].findLast(one => isUsable(one))
