import './styles/index.css'
import { render } from 'preact'
import { App, preloadScreen } from './app.tsx'
import { startClock } from './clock.ts'
import { startSession } from './session.ts'
import { takeProviderError } from './shell/provider-error.tsx'
import { keepFocus } from './ui/kept-focus.ts'
import { startUpdates } from './updates.ts'

takeProviderError()
startClock()
startUpdates()
keepFocus()
void startSession(() => preloadScreen(location.pathname))
render(<App />, document.getElementById('app') as HTMLElement)
