import { useState } from 'react'
import { useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useMayChange } from '../../client/viewer.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { number, words } from '../../ui/format.ts'
import { Card, Field, Time } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { IdentityReapplication, type IdentityReapplicationResult, ReapplyIdentityPolicy } from './policy.graphql.ts'

const POLL_MS = 1000

type Reapplication = IdentityReapplicationResult['identityReapplication']

/** A saved policy counts for what comes; this applies it to what was, and says how far that has come. */
export function Reapply() {
  const mayChange = useMayChange('model')
  const last = useQuery(IdentityReapplication, {}, { every: POLL_MS })
  const [asking, setAsking] = useState(false)
  const [reason, setReason] = useState('')
  /** What the last one was when another was asked for: null for none. */
  const [before, setBefore] = useState<string | null>()
  const reapplication = last.data?.identityReapplication ?? null
  const waiting = before !== undefined && (reapplication?.startedAt ?? null) === before

  function apply() {
    void attempt(async () => {
      await request(ReapplyIdentityPolicy, { reason: reason || null })
      setBefore(reapplication?.startedAt ?? null)
      setReason('')
    })
  }

  return (
    <Card
      title="Apply it to what was"
      actions={
        mayChange && (
          <button
            type="button"
            className="button small"
            disabled={waiting || (reapplication !== null && !reapplication.finishedAt)}
            onClick={() => setAsking(true)}
          >
            Apply
          </button>
        )
      }
    >
      <p className="soft" aria-live="polite">
        {waiting ? 'Asked for; it begins within moments.' : <State of={reapplication} />}
      </p>
      <Confirm
        title="Apply the policy to what was?"
        open={asking}
        onClose={() => setAsking(false)}
        action="Apply"
        onConfirm={apply}
      >
        <p>
          Who is one person by a former policy only is parted, then all events and records are read again and whom the
          policy joins is joined. Decisions by hand stand. Segments and labels follow.
        </p>
        <Field name="Reason" hint="Kept in the history of those who are parted.">
          <input className="input" value={reason} onChange={(event) => setReason(event.target.value)} />
        </Field>
      </Confirm>
    </Card>
  )
}

function State({ of }: { of: Reapplication }) {
  if (!of)
    return <>A changed policy counts for what comes. Applied here, it also counts for everything that came before.</>
  if (of.finishedAt)
    return (
      <>
        Applied <Time at={of.finishedAt} />; {number(of.rows)} rows were read.
      </>
    )
  const stage = of.stage === 'repart' || !of.stage ? 'Parting people' : `Reading ${words(of.stage).toLowerCase()}`
  return (
    <>
      {stage}: {number(of.rows)} rows so far, since <Time at={of.startedAt} />.
    </>
  )
}
