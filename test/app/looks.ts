import type { Page } from 'playwright-core'

/** What a screen must not do to people who see, point or hear in another way: each function tells the faults in words. */

interface AxNode {
  nodeId: string
  ignored: boolean
  role?: { value: string }
  name?: { value: string }
  childIds?: string[]
  properties?: { name: string; value: { value: unknown } }[]
}

const controls = new Set(
  'button link textbox searchbox combobox checkbox radio slider spinbutton switch tab menuitem option DisclosureTriangle image img'.split(
    ' ',
  ),
)
const landmarks = new Set(['main', 'navigation', 'search', 'complementary', 'region', 'banner', 'contentinfo'])

/** Of the tree that a screen reader has: names, one title, headings in order, landmarks that can be told apart. */
export async function treeFaults(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: AxNode[] }
  await session.detach()
  const shown = inOrder(nodes).filter(({ ignored }) => !ignored)
  const faults: string[] = []
  const nameOf = ({ name }: AxNode) => String(name?.value ?? '').trim()
  for (const node of shown) {
    const role = node.role?.value ?? ''
    if (controls.has(role) && nameOf(node) === '') faults.push(`a ${role} without a name`)
  }
  const headings = shown.filter(({ role }) => role?.value === 'heading')
  const levels = headings.map(({ properties }) => Number(properties?.find(({ name }) => name === 'level')?.value.value))
  const isModal = shown.some(({ properties }) => properties?.some(({ name, value }) => name === 'modal' && value.value))
  if (!isModal && levels.filter(level => level === 1).length !== 1) faults.push(`headings of level 1: ${levels}`)
  for (const [i, level] of levels.entries()) {
    if (nameOf(headings[i] as AxNode) === '') faults.push('a heading without words')
    if (i > 0 && level > (levels[i - 1] as number) + 1) faults.push(`${nameOf(headings[i] as AxNode)} skips a level`)
  }
  const marks = shown.filter(({ role }) => landmarks.has(role?.value ?? ''))
  if (!isModal && marks.filter(({ role }) => role?.value === 'main').length !== 1) faults.push('not one main')
  const told = marks.map(node => `${node.role?.value} “${nameOf(node)}”`)
  for (const one of new Set(told)) if (told.filter(other => other === one).length > 1) faults.push(`two of ${one}`)
  return faults
}

/** As they are read: depth first. */
function inOrder(nodes: AxNode[]): AxNode[] {
  const byId = new Map(nodes.map(node => [node.nodeId, node]))
  const walk = (node: AxNode): AxNode[] => [
    node,
    ...(node.childIds ?? []).flatMap(id => (byId.has(id) ? walk(byId.get(id) as AxNode) : [])),
  ]
  return nodes[0] ? walk(nodes[0]) : []
}

/** Of the layout: what is wider than the screen, cut off, or too small to hit. Sizes in CSS px. */
export async function layoutFaults(page: Page, minTarget = 44): Promise<string[]> {
  return (await page.evaluate(`(${layout})(${minTarget})`)) as string[]
}

const layout = String.raw`minTarget => {
  const faults = []
  const width = document.documentElement.clientWidth
  const tell = element => (element.tagName.toLowerCase() + '.' + element.className + ' ' +
    (element.getAttribute('aria-label') || element.textContent).trim().replace(/\s+/g, ' ')).slice(0, 80)
  const root = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body
  if (document.documentElement.scrollWidth > width) faults.push('the page scrolls sideways: ' + document.documentElement.scrollWidth)
  const isHidden = element => element.closest('.visually-hidden, .skip, [inert], [aria-hidden=true], option') ||
    !element.checkVisibility({ visibilityProperty: true })
  const scrolls = element => {
    for (let near = element.parentElement; near; near = near.parentElement) {
      const { overflowX } = getComputedStyle(near)
      if (overflowX === 'auto' || overflowX === 'scroll') return true
    }
    return false
  }
  for (const element of root.querySelectorAll('*')) {
    if (isHidden(element) || element.closest('svg')) continue
    const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim() !== '')
    const { left, right, width: own } = element.getBoundingClientRect()
    if (hasText && own > 0 && (left < -1 || right > width + 1) && !scrolls(element)) faults.push('outside: ' + tell(element))
    const style = getComputedStyle(element)
    const mayEnd = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none' || element.matches('input, select, textarea')
    if (!mayEnd && hasText && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
      faults.push('its text is wider than it: ' + tell(element))
    if (!mayEnd && style.overflowY === 'hidden' && hasText && element.scrollHeight > element.clientHeight + 1 && element.clientHeight > 0)
      faults.push('its text is higher than it: ' + tell(element))
  }
  for (const control of root.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
    if (isHidden(control)) continue
    // A link within a sentence is as high as its line.
    if (getComputedStyle(control).display === 'inline') continue
    const overlay = getComputedStyle(control, '::after')
    const covered = overlay.position === 'absolute' && overlay.content !== 'none' ? control.offsetParent : null
    const boxes = [control, covered, control.matches('[type=radio], [type=checkbox], [type=file]') && control.closest('label')]
    const sizes = boxes.filter(Boolean).map(box => box.getBoundingClientRect())
    const [width, height] = [Math.max(...sizes.map(it => it.width)), Math.max(...sizes.map(it => it.height))]
    // 365 days stand on a screen: they have what WCAG asks for.
    const least = control.matches('.year-pixel') ? 24 : minTarget
    if (height < least - 0.5 || width < least - 0.5)
      faults.push('only ' + Math.round(width) + ' x ' + Math.round(height) + ': ' + tell(control))
  }
  return [...new Set(faults)]
}`

/** Where the system chooses the colours: what is chosen, or current, must not look as what is not. */
export async function stateFaults(page: Page): Promise<string[]> {
  return (await page.evaluate(states)) as string[]
}

const states = `(() => {
  const chosen = '[aria-pressed=true], [aria-current]:not([aria-current=false]), [aria-selected=true]'
  const faults = []
  const look = element => {
    const { color, backgroundColor, borderColor, borderStyle, borderWidth, outlineStyle, outlineWidth, outlineColor,
      textDecorationLine, fontWeight } = getComputedStyle(element)
    return JSON.stringify([color, backgroundColor, borderColor, borderStyle, borderWidth,
      outlineStyle === 'none' ? '' : outlineWidth + outlineColor, textDecorationLine, fontWeight])
  }
  const tell = element => element.tagName.toLowerCase() + ' ' + (element.getAttribute('aria-label') || element.textContent).trim().slice(0, 40)
  const compare = (element, others) => {
    const other = others.find(one => one !== element && one.className === element.className)
    if (other && look(other) === look(element)) faults.push(tell(element) + ' looks as ' + tell(other))
  }
  for (const element of document.querySelectorAll(chosen)) {
    if (!element.checkVisibility()) continue
    const group = element.parentElement.children.length > 1 ? element.parentElement : element.parentElement.parentElement
    compare(element, [...group.querySelectorAll(element.tagName)].filter(one => !one.matches(chosen)))
  }
  for (const radio of document.querySelectorAll('.segmented :checked')) {
    compare(radio.nextElementSibling, [...radio.closest('.segmented').querySelectorAll('input:not(:checked) + span')])
  }
  return faults
})()`
