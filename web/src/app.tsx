import { useLayoutEffect } from 'preact/hooks'
import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from 'preact-iso'
import { session } from './session.ts'
import { Caught } from './shell/caught.tsx'
import { Navigation } from './shell/navigation.tsx'
import { NotFound } from './shell/not-found.tsx'
import { Notices } from './shell/notices.tsx'
import { screen } from './shell/screen.tsx'
import { app } from './texts.ts'
import { Skeleton } from './ui/skeleton.tsx'
import { Toasts } from './ui/toast.tsx'

const Today = screen(() => import('./screens/today/today.tsx'))
const Year = screen(() => import('./screens/year/year.tsx'))
const Insights = screen(() => import('./screens/insights/insights.tsx'))
const Entries = screen(() => import('./screens/entries/entries.tsx'))
const Tasks = screen(() => import('./screens/tasks/tasks.tsx'))
const Yoga = screen(() => import('./screens/yoga/yoga.tsx'))
const Account = screen(() => import('./screens/account/account.tsx'))
const Admin = screen(() => import('./screens/admin/admin.tsx'))
const SigningIn = screen(() => import('./screens/signing-in/signing-in.tsx'))

const screens = {
  '': Today,
  year: Year,
  insights: Insights,
  entries: Entries,
  tasks: Tasks,
  yoga: Yoga,
  account: Account,
  admin: Admin,
}

/** Begins to load the screen that an address will show to somebody who is signed in, while the device is still being read. */
export function preloadScreen(path: string): void {
  const name = path.split('/')[2] ?? ''
  if (name in screens) screens[name as keyof typeof screens].preload()
}

/** Addresses that the app answers for. */
const scope = /^\/app(\/|$|\?|#)/

export function App() {
  return (
    <LocationProvider scope={scope}>
      <ErrorBoundary>
        <a class="skip" href="#main">
          {app.skip}
        </a>
        <Caught>
          <Screens />
        </Caught>
        <Toasts />
      </ErrorBoundary>
    </LocationProvider>
  )
}

function Screens() {
  if (session.value === 'starting') return <Skeleton />
  if (session.value === 'out') return <SignedOutScreens />
  return (
    <div class="shell">
      <Navigation />
      <div class="shell-main">
        <Notices />
        <Router>
          <Route path="/app" component={Today} />
          <Route path="/app/year" component={Year} />
          <Route path="/app/insights" component={Insights} />
          <Route path="/app/entries/:rest*" component={Entries} />
          <Route path="/app/tasks" component={Tasks} />
          <Route path="/app/yoga/:rest*" component={Yoga} />
          <Route path="/app/account/:rest*" component={Account} />
          <Route path="/app/admin/:rest*" component={Admin} />
          <Route path="/app/reset-password" component={SigningIn} />
          <Route path="/app/verify-email" component={SigningIn} />
          <Route path="/app/sign-in" component={ToToday} />
          <Route path="/app/sign-up" component={ToToday} />
          <Route path="/app/forgot-password" component={ToToday} />
          <Route default component={NotFound} />
        </Router>
      </div>
    </div>
  )
}

/** Who is signed in has nothing to do there. */
function ToToday() {
  const { route } = useLocation()
  useLayoutEffect(() => route('/app/', true), [])
  return null
}

function SignedOutScreens() {
  return <Router>{[<Route default component={SigningIn} key="signing-in" />]}</Router>
}
