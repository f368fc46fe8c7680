import Sortable from 'sortablejs'
import type { Place } from './draft.ts'

/** Dragging by mouse and touch. Sortable moves elements; they are put back at once, and the draft moves instead. */

interface Drops {
  onMove: (key: string, to: Place) => void
  onAdd: (pose: string, to: Place) => void
}

const group = 'yoga-poses'
const common: Sortable.Options = {
  animation: 150,
  // The same for mouse and touch, and it can be styled.
  forceFallback: true,
  fallbackOnBody: true,
  fallbackTolerance: 4,
  scroll: true,
  scrollSensitivity: 80,
  bubbleScroll: true,
  ghostClass: 'yoga-drop',
  dragClass: 'yoga-dragged',
}

/** The list of a section. The answer ends it. */
export function dropList(element: HTMLElement, { onMove, onAdd }: Drops): () => void {
  let next: Node | null = null
  let from: Node | null = null
  const sortable = Sortable.create(element, {
    ...common,
    group,
    handle: '.yoga-grip',
    draggable: '.yoga-item',
    onStart({ item }) {
      from = item.parentNode
      next = item.nextSibling
    },
    onAdd({ item, clone, to, newDraggableIndex: index = 0, pullMode }) {
      if (pullMode !== 'clone') return
      // The pose goes back into the catalogue, in the place of its double.
      clone.replaceWith(item)
      onAdd(item.dataset.pose ?? '', { section: sectionOf(to), index })
    },
    onEnd({ item, to, newDraggableIndex: index = 0 }) {
      const section = sectionOf(to)
      from?.insertBefore(item, next)
      onMove(item.dataset.key ?? '', { section, index })
    },
  })
  return () => sortable.destroy()
}

/** The list of the catalogue, from which doubles are dragged. The answer ends it. */
export function dragList(element: HTMLElement): () => void {
  const sortable = Sortable.create(element, {
    ...common,
    group: { name: group, pull: 'clone', put: false },
    sort: false,
    draggable: '.yoga-offer',
    filter: 'button',
    preventOnFilter: false,
    // A finger that moves at once scrolls.
    delay: 160,
    delayOnTouchOnly: true,
  })
  return () => sortable.destroy()
}

const sectionOf = (list: HTMLElement): number => Number(list.dataset.section)
