import { useState } from 'react'
import type { DefinitionStatus } from '../client/schema.ts'
import { Confirm } from '../ui/dialog.tsx'

type Props = {
  what: 'segment' | 'label'
  name: string
  status: DefinitionStatus
  onPause(): void
  onResume(): void
  onArchive(): void
}

/** Pause, resume, archive; the last is asked twice. */
export function DefinitionActions({ what, name, status, onPause, onResume, onArchive }: Props) {
  const [asking, setAsking] = useState(false)
  if (status === 'ARCHIVED') {
    return (
      <button type="button" className="button" onClick={onResume}>
        Bring back
      </button>
    )
  }
  return (
    <>
      {status === 'PAUSED' ? (
        <button type="button" className="button" onClick={onResume}>
          Resume
        </button>
      ) : (
        <button type="button" className="button" onClick={onPause}>
          Pause
        </button>
      )}
      <button type="button" className="button danger" onClick={() => setAsking(true)}>
        Archive
      </button>
      <Confirm
        title={`Archive ${name}?`}
        open={asking}
        onClose={() => setAsking(false)}
        action={`Archive the ${what}`}
        onConfirm={onArchive}
      >
        <p>
          {what === 'segment'
            ? 'Everybody in it leaves, and whoever subscribes to it is told so. It can be brought back later.'
            : 'Its values go, and whoever subscribes to it is told so. It can be brought back later.'}
        </p>
      </Confirm>
    </>
  )
}
