import { ApiError } from '../../client/request.ts'
import { useQuery } from '../../client/query.ts'
import type { Json } from '../../client/schema.ts'
import { PersonLink } from '../../people/person-link.tsx'
import { bare } from '../../people/person.ts'
import { isIncomplete, type Subject } from '../../rules/model.ts'
import { useDebounced } from '../../ui/debounce.ts'
import { compact, number, percent, plural } from '../../ui/format.ts'
import { Link } from '../../ui/parts.tsx'
import { type PreviewGroup, PreviewSegment } from './segment.graphql.ts'

const STILL_MS = 400

type Props = { rule: Json; subject: Subject; segmentId?: string; changed: boolean }

/** What the rule would say, while it is being written: how many, and who would come and go if it were saved. */
export function Preview({ rule, subject, segmentId, changed }: Props) {
  const settled = useDebounced(rule, STILL_MS)
  const incomplete = isIncomplete(settled)
  const { data, error } = useQuery(PreviewSegment, { rule: settled, subject, segmentId }, { skip: incomplete })
  if (incomplete) return <p className="preview muted">An estimate comes as soon as every condition says something.</p>
  if (error) {
    return (
      <p className="preview" role="status">
        {error.message} {error instanceof ApiError && <code>{error.code}</code>}
      </p>
    )
  }
  if (!data) return <p className="preview muted">Estimating …</p>
  const { people, evaluated, exact, margin, matching, entering, leaving } = data.previewSegment
  const share = people === 0 ? 0 : (matching.count / people) * 100
  return (
    <section className="preview" aria-label="Estimate">
      <p role="status">
        <b className="number">
          {exact ? '' : 'about '}
          {subject === 'ACCOUNT' ? plural(matching.count, 'account') : plural(matching.count, 'person', 'people')}
        </b>{' '}
        <span className="soft">
          {exact
            ? `of ${number(people)} match (${percent(share)})`
            : `of ${number(people)} match, give or take ${number(margin)}, by a sample of ${compact(evaluated)}`}
        </span>
      </p>
      <span className="meter" style={{ inlineSize: `${Math.max(share, 0.5)}%` }} />
      {segmentId && changed ? (
        <div className="diff">
          <Side name="Would come in" tone="good" group={entering} />
          <Side name="Would go out" tone="warn" group={leaving} />
        </div>
      ) : (
        !segmentId && matching.count > 0 && <Named group={matching} />
      )}
    </section>
  )
}

function Side({ name, tone, group }: { name: string; tone: string; group: PreviewGroup }) {
  return (
    <div>
      <h3>
        {name} <span className={`pill ${group.count > 0 ? tone : ''}`}>{number(group.count)}</span>
      </h3>
      <Named group={group} />
    </div>
  )
}

function Named({ group }: { group: PreviewGroup }) {
  const named = group.profiles.length + group.accounts.length
  return (
    <ul className="preview-people">
      {group.profiles.map((profile) => (
        <li key={profile.id}>
          <PersonLink profile={profile} />
        </li>
      ))}
      {group.accounts.map(({ id, name }) => (
        <li key={id}>
          <Link to={`/accounts/${bare(id)}`}>{name}</Link>
        </li>
      ))}
      {group.count > named && named > 0 && <li className="muted">and {number(group.count - named)} more</li>}
    </ul>
  )
}
