import type { Dashboard as Figures } from '../../../../client/src/wire.ts'
import { client } from '../../client.ts'
import { number, shortDay } from '../../format.ts'
import { admin as texts } from '../../texts.ts'
import { Loading } from '../../ui/loading.tsx'
import { useLoaded } from '../../ui/use-loaded.ts'

const roles = ['member', 'instructor', 'admin'] as const
const megabyte = 1_000_000

/** How the installation is used. */
export function Dashboard() {
  const loaded = useLoaded(() => client.admin.dashboard())
  return <Loading of={loaded}>{figures => <Shown figures={figures} />}</Loading>
}

function Shown({ figures }: { figures: Figures }) {
  const { users, days, sessions, tasks, sequences, storage_bytes, version } = figures
  const today = days.at(-1)
  const published = sequences.published.reduce((sum, { count }) => sum + count, 0)
  return (
    <>
      <dl class="admin-figures">
        {roles.map(role => (
          <Figure
            key={role}
            name={texts.roles[role]}
            value={users[role].active}
            more={users[role].disabled > 0 ? texts.disabledCount(users[role].disabled) : undefined}
          />
        ))}
        <Figure name={texts.active} value={today?.active_users ?? 0} />
        <Figure name={texts.entriesToday} value={today?.entries ?? 0} />
        <Figure name={texts.sessions} value={sessions} />
        <Figure name={texts.tasks} value={tasks.open} />
        <Figure name={texts.sequences} value={sequences.total} more={texts.published(published)} />
        <Figure
          name={texts.storage}
          value={number(storage_bytes / megabyte, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 })}
        />
      </dl>
      <ActiveDays days={days} />
      <p class="admin-version">{texts.version(version)}</p>
    </>
  )
}

function Figure({ name, value, more }: { name: string; value: number | string; more?: string | undefined }) {
  return (
    <div class="admin-figure">
      <dt>{name}</dt>
      <dd>
        {typeof value === 'number' ? number(value) : value}
        {more && <small>{more}</small>}
      </dd>
    </div>
  )
}

/** A bar for each day; read out as a list. */
function ActiveDays({ days }: Pick<Figures, 'days'>) {
  const most = Math.max(1, ...days.map(day => day.active_users))
  return (
    <section class="admin-days">
      <h2>{texts.activeDays}</h2>
      <ol>
        {days.map(({ date, active_users: people }) => (
          <li key={date} title={texts.activeOn(shortDay(date), people)}>
            <span class="visually-hidden">{texts.activeOn(shortDay(date), people)}</span>
            <span aria-hidden="true" style={{ '--share': String(people / most) }} />
          </li>
        ))}
      </ol>
    </section>
  )
}
