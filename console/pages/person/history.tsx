import { useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useMayChange } from '../../client/viewer.ts'
import { personPath } from '../../people/person.ts'
import { isObject } from '../../rules/model.ts'
import { inline, words } from '../../ui/format.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { Card, Empty, Link, Ready, Time } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { MergeHistory, type MergeHistoryResult, UndoMerge } from './identity.graphql.ts'

type Merge = NonNullable<MergeHistoryResult['profile']>['mergeHistory']['nodes'][number]

const CAUSES: Record<string, string> = {
  evidence: 'because they came together',
  alias: 'because an alias call said so',
  weight: 'because a heavier source said so',
  policy: 'because a changed policy was applied',
  manual: 'by hand',
  undo: 'to undo it',
}

/** What became part of this person and what came out again, and the way back. */
export function History({ profileId }: { profileId: string }) {
  const history = useQuery(MergeHistory, { id: profileId })
  return (
    <Card title="Merge history" flush>
      <Ready query={history}>
        {({ profile }) =>
          !profile || profile.mergeHistory.nodes.length === 0 ? (
            <Empty title="One person from the beginning">
              <p>When profiles turn out to be one person, it is told here, with what proved it, and can be undone.</p>
            </Empty>
          ) : (
            <ul className="lines">
              {profile.mergeHistory.nodes.map((merge) => (
                <Line key={merge.id} merge={merge} profileId={profileId} />
              ))}
            </ul>
          )
        }
      </Ready>
    </Card>
  )
}

function Line({ merge, profileId }: { merge: Merge; profileId: string }) {
  const mayChange = useMayChange('identity')
  const [asking, setAsking] = useState(false)
  const { id, at, kind, cause, undoneAt, identifiers, evidence } = merge
  const other = merge.profile?.id === profileId ? merge.into : merge.profile
  const verb = kind === 'MERGE' ? 'Became one with' : kind === 'SPLIT' ? 'Parted from' : 'Exchanged identifiers with'
  return (
    <li className="letter">
      <div className="what">
        <span className={undoneAt ? 'muted' : undefined}>
          {verb} {other ? <Link to={personPath(other)}>another profile</Link> : 'another profile'}{' '}
          {CAUSES[cause] ?? cause}
        </span>{' '}
        {undoneAt && <span className="pill">undone</span>}
        <p className="soft fine">
          {identifiers.map(({ type, value }) => `${words(type)} ${value}`).join(', ')}
          {isObject(evidence) && typeof evidence.reason === 'string' && ` (${evidence.reason})`}
        </p>
      </div>
      {mayChange && !undoneAt && kind !== 'MOVE' && (
        <button type="button" className="button small" onClick={() => setAsking(true)}>
          Undo
        </button>
      )}
      <span className="when" title={isObject(evidence) ? inline(evidence) : undefined}>
        <Time at={at} />
      </span>
      <Confirm
        title="Undo this?"
        open={asking}
        onClose={() => setAsking(false)}
        action={kind === 'MERGE' ? 'Part them' : 'Make them one'}
        onConfirm={() => void attempt(() => request(UndoMerge, { input: { mergeId: id } }).then(refresh), 'Undone.')}
      >
        <p>
          {kind === 'MERGE'
            ? 'Both profiles live again, with the identifiers, events, records and consents that were theirs, and no evidence joins them again.'
            : 'What was parted becomes one person again. Segments and labels follow within moments.'}
        </p>
      </Confirm>
    </li>
  )
}
