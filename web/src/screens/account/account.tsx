import './account.css'
import { useLocation } from 'preact-iso'
import { NotFound } from '../../shell/not-found.tsx'
import { Data } from './data.tsx'
import { DayAndMood } from './day-and-mood.tsx'
import { DeleteAccount } from './delete-account.tsx'
import { Devices } from './devices.tsx'
import { Overview } from './overview.tsx'
import { ProfileForm } from './profile-form.tsx'
import { Reminders } from './reminders.tsx'
import { SignInSettings } from './sign-in-settings.tsx'
import { Tokens } from './tokens.tsx'

const screens: Record<string, () => preact.JSX.Element> = {
  '': Overview,
  profile: ProfileForm,
  mood: DayAndMood,
  reminders: Reminders,
  data: Data,
  'sign-in': SignInSettings,
  devices: Devices,
  tokens: Tokens,
  delete: DeleteAccount,
}

/** The account: an overview, and a screen for each of its parts. */
export default function Account() {
  const part = useLocation().path.split('/')[3] ?? ''
  const Screen = screens[part] ?? NotFound
  return <Screen key={part} />
}
