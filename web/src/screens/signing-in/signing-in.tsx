import './signing-in.css'
import { useLocation } from 'preact-iso'
import { isKnownDevice, session } from '../../session.ts'
import { ProviderError } from '../../shell/provider-error.tsx'
import { signingIn as texts } from '../../texts.ts'
import { Brand } from '../../ui/brand.tsx'
import { ForgotPassword } from './forgot-password.tsx'
import { ResetPassword } from './reset-password.tsx'
import { SignIn } from './sign-in.tsx'
import { SignUp } from './sign-up.tsx'
import { VerifyEmail } from './verify-email.tsx'

const screens: Record<string, () => preact.JSX.Element> = {
  '/app/sign-in': SignIn,
  '/app/sign-up': SignUp,
  '/app/forgot-password': ForgotPassword,
  '/app/reset-password': ResetPassword,
  '/app/verify-email': VerifyEmail,
}

/** Everything before one is signed in. Other addresses show it too, and what was asked for afterwards. */
export default function SigningIn() {
  const { path } = useLocation()
  const Screen = screens[path] ?? (isKnownDevice.value ? SignIn : SignUp)
  return (
    <div class={session.value === 'in' ? 'signing-in signing-in-within' : 'signing-in'}>
      <div class="signing-in-brand">
        <Brand size={56} />
        <p>{texts.tagline}</p>
      </div>
      <div class="notices" role="status">
        <ProviderError />
      </div>
      <Screen />
    </div>
  )
}
