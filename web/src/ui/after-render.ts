import { useLayoutEffect, useReducer, useRef } from 'preact/hooks'

/**
 * For the focus, which goes to what the next rendering puts there: as it appears, not a frame later, when the person may
 * have gone on already.
 * @returns takes what is to be done once the component that calls this has been rendered anew.
 */
export function useAfterRender(): (work: () => void) => void {
  const waiting = useRef<(() => void) | undefined>(undefined)
  const [, render] = useReducer<number, void>(count => count + 1, 0)
  useLayoutEffect(() => {
    const work = waiting.current
    waiting.current = undefined
    work?.()
  })
  return work => {
    waiting.current = work
    render()
  }
}
