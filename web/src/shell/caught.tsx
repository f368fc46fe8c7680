import { LifeBuoy } from 'lucide'
import { Component, type ComponentChildren } from 'preact'
import { app } from '../texts.ts'
import { Failed } from '../ui/failed.tsx'

interface Props {
  /** Where the app is: another place gets another chance. */
  at?: string
  children: ComponentChildren
}

/** Keeps an error while rendering from leaving the page blank. */
export class Caught extends Component<Props, { broken: boolean }> {
  override state = { broken: false }

  override componentDidCatch(error: unknown): void {
    // For who looks for the fault; nothing leaves the device.
    console.error(error)
    this.setState({ broken: true })
  }

  override componentDidUpdate({ at }: Props): void {
    if (this.state.broken && at !== this.props.at) this.setState({ broken: false })
  }

  override render({ children }: Props) {
    if (!this.state.broken) return children
    const retry = () => this.setState({ broken: false })
    return <Failed icon={LifeBuoy} title={app.broken} why={app.brokenWhy} retry={retry} />
  }
}
