import { app } from '../texts.ts'

/** The shape of what is about to come. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{app.loading}</span>
      {Array.from({ length: lines }, (_, i) => (
        <div class="skeleton-line" key={i} />
      ))}
    </div>
  )
}
