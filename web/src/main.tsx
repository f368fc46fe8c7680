import './styles/index.css'
import { render } from 'preact'
import { App, preloadScreen } from './app.tsx'
import { startClock } from './clock.ts'
import { startSession } from './session.ts'
import { takeProviderError } from './shell/provider-error.tsx'
import { startUpdates } from './updates.ts'

takeProviderError()
startClock()
startUpdates()
void startSession(() => preloadScreen(location.pathname))
render(<App />, document.getElementById('app') as HTMLElement)
