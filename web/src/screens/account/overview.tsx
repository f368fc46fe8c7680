import {
  ArrowDownUp,
  Bell,
  ChevronRight,
  type IconNode,
  KeyRound,
  LockKeyhole,
  MonitorSmartphone,
  ShieldCheck,
  SmilePlus,
  Trash2,
  UserRound,
} from 'lucide'
import { profile, settings } from '../../device.ts'
import { wordsFor } from '../../format.ts'
import { who } from '../../session.ts'
import { SignOut } from '../../shell/sign-out.tsx'
import { app, account as texts } from '../../texts.ts'
import { Icon } from '../../ui/icon.tsx'
import { Page } from '../../ui/page.tsx'
import { remindersSummary } from './reminders.tsx'

/** Who one is, and the way to everything that can be set. */
export function Overview() {
  const name = who.value?.username ?? ''
  const mine = profile.value
  const { mood_scale: scale, timezone } = settings.value
  return (
    <Page title={texts.title}>
      <a class="account-who" href="/app/account/profile">
        <Picture url={mine?.avatar_url} name={mine?.full_name ?? name} />
        <span>
          <strong>{mine?.full_name ?? name}</strong>
          <small>
            {mine?.full_name
              ? `${name}${mine.email ? ` · ${mine.email}` : ''}`
              : (mine?.email ?? wordsFor(texts.roles, who.value?.role ?? 'member'))}
          </small>
        </span>
        <Icon of={ChevronRight} />
      </a>
      <ul class="card-list">
        <Row to="profile" icon={UserRound} name={texts.profile.title} />
        <Row
          to="mood"
          icon={SmilePlus}
          name={texts.mood.title}
          value={texts.mood.summary(scale.min, scale.max, timezone)}
        />
        <Row to="reminders" icon={Bell} name={texts.reminders.title} value={remindersSummary(mine)} />
        <Row to="data" icon={ArrowDownUp} name={texts.data.title} />
      </ul>
      <ul class="card-list">
        <Row to="sign-in" icon={LockKeyhole} name={texts.signIn.title} />
        <Row to="devices" icon={MonitorSmartphone} name={texts.devices.title} />
        <Row to="tokens" icon={KeyRound} name={texts.tokens.title} />
      </ul>
      {who.value?.role === 'admin' && (
        <ul class="card-list">
          <Row href="/app/admin" icon={ShieldCheck} name={app.screens.admin} />
        </ul>
      )}
      <div class="account-end">
        <SignOut />
        <a class="account-quiet" href="/app/account/delete">
          <Icon of={Trash2} />
          {texts.delete.title}
        </a>
      </div>
    </Page>
  )
}

function Row({ to = '', href = `/app/account/${to}`, icon, name, value }: RowProps) {
  return (
    <li>
      <a class="account-row" href={href}>
        <Icon of={icon} size={22} />
        <span>
          {name}
          {value !== undefined && <small>{value}</small>}
        </span>
        <Icon of={ChevronRight} />
      </a>
    </li>
  )
}
interface RowProps {
  to?: string
  href?: string
  icon: IconNode
  name: string
  value?: string | undefined
}

/** The picture of a person, or the first letter of the name. */
export function Picture({ url, name, size = 56 }: { url: string | null | undefined; name: string; size?: number }) {
  return url ? (
    <img class="account-picture" src={url} alt="" width={size} height={size} />
  ) : (
    <span class="account-picture" aria-hidden="true" style={{ width: `${size}px`, height: `${size}px` }}>
      {name.charAt(0).toLocaleUpperCase()}
    </span>
  )
}
