import { useCallback, useEffect, useState } from 'preact/hooks'
import { sentenceOf } from '../failures.ts'

export interface Loaded<T> {
  /** Undefined until it is there. */
  value: T | undefined
  /** Why it is not there, in a sentence. */
  error: string | undefined
  reload: () => Promise<void>
  /** Replaces the value by what is known to be true now. */
  set: (value: T) => void
}

/**
 * What only the server knows, loaded when the screen opens.
 * @param load is called anew when one of `of` changes.
 */
export function useLoaded<T>(load: () => Promise<T>, of: readonly unknown[] = []): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: string }>({})
  const reload = useCallback(async () => {
    try {
      setState({ value: await load() })
    } catch (error) {
      setState(before => ({ ...before, error: sentenceOf(error) }))
    }
  }, [...of])
  useEffect(() => {
    void reload()
  }, [reload])
  return { value: state.value, error: state.error, reload, set: value => setState({ value }) }
}
