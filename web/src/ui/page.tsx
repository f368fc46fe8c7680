import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { app } from '../texts.ts'

interface Props {
  title: string
  /** Beside the title: what can be done here. */
  actions?: ComponentChildren
  /** Hides the title from the eye, where the screen says it by itself. */
  titleHidden?: boolean
  /** As wide as there is room, instead of a column to read. */
  wide?: boolean
  children: ComponentChildren
}

let isFirst = true

/** The frame of a screen: the title of the document and its heading, which takes the focus after navigating. */
export function Page({ title, actions, titleHidden, wide, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    document.title = `${title} · ${app.name}`
  }, [title])
  useLayoutEffect(() => {
    if (!isFirst) heading.current?.focus({ preventScroll: true })
    isFirst = false
  }, [])
  return (
    <main id="main" class={wide ? 'page page-wide' : 'page'} tabIndex={-1}>
      <header class={titleHidden ? 'visually-hidden' : 'page-head'}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions}
      </header>
      {children}
    </main>
  )
}
