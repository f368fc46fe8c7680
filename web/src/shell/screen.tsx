import type { ComponentType } from 'preact'
import { useState } from 'preact/hooks'
import { lazy, useLocation } from 'preact-iso'
import { NotLoaded } from '../ui/failed.tsx'
import { Caught } from './caught.tsx'

interface Preloaded {
  /** Begins to load it, before it is shown. */
  preload: () => void
}

/**
 * A screen that is a chunk of its own. While it loads, the one before stays; what does not load, or throws while rendering, says
 * so in its place, with the navigation beside it.
 */
export function screen(load: () => Promise<{ default: ComponentType }>): ComponentType & Preloaded {
  let Loaded: ComponentType | undefined
  const arrives = () =>
    load().then(
      module => {
        Loaded = module.default
        return true
      },
      () => false,
    )

  function Retrying() {
    const [, render] = useState(false)
    if (Loaded) return <Loaded />
    return <NotLoaded load={() => arrives().finally(() => render(it => !it))} />
  }

  const Screen = lazy<ComponentType>(() => arrives().then(() => Loaded ?? Retrying))
  function Guarded() {
    const { url } = useLocation()
    return (
      <Caught at={url}>
        <Screen />
      </Caught>
    )
  }
  return Object.assign(Guarded, { preload: () => void Screen.preload() })
}
