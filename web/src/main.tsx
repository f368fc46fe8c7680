import './styles/index.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { startClock } from './clock.ts'
import { startSession } from './session.ts'

startClock()
void startSession()
render(<App />, document.getElementById('app') as HTMLElement)
