import type { ComponentChildren } from 'preact'
import { app } from '../texts.ts'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'
import { Skeleton } from './skeleton.tsx'
import type { Loaded } from './use-loaded.ts'

/** What was loaded, or that it is on its way, or why it is not there. */
export function Loading<T>({
  of,
  lines,
  children,
}: {
  of: Loaded<T>
  lines?: number
  children: (value: T) => ComponentChildren
}) {
  return (
    <>
      {of.error !== undefined && (
        <Notice
          tone="danger"
          action={
            <Button look="plain" onClick={of.reload}>
              {app.retry}
            </Button>
          }
        >
          {of.error}
        </Notice>
      )}
      {of.value !== undefined ? children(of.value) : of.error === undefined && <Skeleton {...(lines && { lines })} />}
    </>
  )
}
