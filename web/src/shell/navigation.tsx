import { CalendarRange, ChartNoAxesColumn, CircleUserRound, type IconNode, List, ListChecks, Sprout, Sun } from 'lucide'
import { useLocation } from 'preact-iso'
import { app } from '../texts.ts'
import { Icon } from '../ui/icon.tsx'

const { screens } = app
const places: readonly { path: string; name: string; icon: IconNode }[] = [
  { path: '/app', name: screens.today, icon: Sun },
  { path: '/app/year', name: screens.year, icon: CalendarRange },
  { path: '/app/insights', name: screens.insights, icon: ChartNoAxesColumn },
  { path: '/app/entries', name: screens.entries, icon: List },
  { path: '/app/tasks', name: screens.tasks, icon: ListChecks },
  { path: '/app/yoga', name: screens.yoga, icon: Sprout },
  { path: '/app/account', name: screens.account, icon: CircleUserRound },
]

/** A bar at the bottom on phones, a rail at the side when it is wide. */
export function Navigation() {
  const { path } = useLocation()
  return (
    <nav class="nav" aria-label={app.navigation}>
      <ul class="nav-places">
        {places.map(place => {
          const isHere =
            place.path === '/app'
              ? path === place.path
              : path.startsWith(place.path) || (place.path === '/app/account' && path.startsWith('/app/admin'))
          return (
            <li key={place.path}>
              <a
                class="nav-place"
                href={place.path === '/app' ? '/app/' : place.path}
                aria-current={isHere ? 'page' : undefined}
              >
                <Icon of={place.icon} size={22} />
                <span>{place.name}</span>
              </a>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
