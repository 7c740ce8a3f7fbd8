import type { LiveState } from '../client/live.ts'

const STATES: Record<LiveState, { tone: string; text: string }> = {
  connecting: { tone: 'warn', text: 'Connecting' },
  live: { tone: 'good pulse', text: 'Live' },
  lost: { tone: 'bad', text: 'Connection lost, trying again' },
}

/** Whether what is shown comes by itself. */
export function Liveness({ state }: { state: LiveState }) {
  const { tone, text } = STATES[state]
  return (
    <span className="row soft fine" role="status">
      <span className={`dot ${tone}`} /> {text}
    </span>
  )
}
