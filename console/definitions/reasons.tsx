import { useQuery } from '../client/query.ts'
import { sentence } from '../rules/sentence.ts'
import { inline, words } from '../ui/format.ts'
import { Icon } from '../ui/icons.tsx'
import { Ready, Time } from '../ui/parts.tsx'
import { TransitionReasons, type TransitionReasonsResult } from './reasons.graphql.ts'

type Reason = NonNullable<TransitionReasonsResult['transitions']['nodes'][number]['reasons']>[number]

/** Opens and closes the reasons of a transition. */
export function WhyButton({ open, onToggle }: { open: boolean; onToggle(open: boolean): void }) {
  return (
    <button
      type="button"
      className="button small ghost"
      aria-expanded={open}
      aria-label={open ? 'Hide why' : 'Why did that happen?'}
      onClick={() => onToggle(!open)}
    >
      why?
    </button>
  )
}

/** Which parts of the rule turned, and what turned them. */
export function Reasons({ transitionId }: { transitionId: string }) {
  const found = useQuery(TransitionReasons, { id: transitionId })
  return (
    <Ready query={found}>
      {({ transitions }) => {
        const { reasons = null, reasonsMissing = null } = transitions.nodes[0] ?? {}
        return (
          <>
            {reasonsMissing !== null && <p className="soft">{reasonsMissing}</p>}
            {reasons === null && <p className="soft">That can no longer be told.</p>}
            {reasons !== null && reasons.length > 0 && (
              <ul className="stack tight">
                {reasons.map((reason) => (
                  <Line key={reason.path.join('.')} reason={reason} />
                ))}
              </ul>
            )}
          </>
        )
      }}
    </Ready>
  )
}

const TRIGGERS: Record<Reason['trigger'], string> = {
  EVENT: 'turned by what happened',
  TIME: 'turned by time',
  STATE: 'turned by what is known of them',
  IDENTITY: 'turned by profiles that became one, or were parted',
  DEFINITION: 'what the rule rests on',
  UNKNOWN: 'a part of the rule, as it is answered by what is still known',
}

function Line({ reason }: { reason: Reason }) {
  const { holds, trigger, at, found, evidence } = reason
  return (
    <li>
      <p>
        <span className={`mark-in inline ${holds ? '' : 'warn'}`} title={holds ? 'Holds since' : 'Holds no more'}>
          <Icon name={holds ? 'check' : 'close'} size={14} />
        </span>{' '}
        <span className="visually-hidden">{holds ? 'Holds since:' : 'Holds no more:'}</span> {sentence(reason.rule)}
        {found !== null && (
          <span className="soft">
            {' '}
            · found <b>{inline(found)}</b>
          </span>
        )}
      </p>
      <p className="fine muted">
        {TRIGGERS[trigger]}
        {at && (
          <>
            {' '}
            at <Time at={at} />
          </>
        )}
        {evidence.length > 0 && ': '}
        {evidence.slice(0, 3).map((one, n) => (
          <span key={one.id}>
            {n > 0 && ', '}
            <b>{nameOf(one)}</b> {one.at && <Time at={one.at} />}
          </span>
        ))}
        {evidence.length > 3 && ` and ${evidence.length - 3} more`}
      </p>
    </li>
  )
}

function nameOf({ kind, data }: Reason['evidence'][number]): string {
  const { name } = (data ?? {}) as { name?: unknown }
  return kind === 'event' && typeof name === 'string' ? name : words(kind)
}
