import { yoga as texts } from '../../texts.ts'

const places = [
  { path: '/app/yoga', name: texts.mine },
  { path: '/app/yoga/published', name: texts.published },
  { path: '/app/yoga/poses', name: texts.poses },
]

/** The places of the screen. */
export function Tabs({ here }: { here: string }) {
  return (
    <nav class="yoga-tabs" aria-label={texts.title}>
      {places.map(({ path, name }) => (
        <a key={path} href={path} aria-current={path === here ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  )
}
