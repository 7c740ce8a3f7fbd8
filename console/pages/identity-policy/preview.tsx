import { useQuery } from '../../client/query.ts'
import type { PreviewIdentifierTypeInput } from '../../client/schema.ts'
import { bare, personName, personPath } from '../../people/person.ts'
import { number, plural, words } from '../../ui/format.ts'
import { Link, Note, Ready } from '../../ui/parts.tsx'
import { IdentityPreview, type IdentityPreviewResult } from './policy.graphql.ts'

type Answer = IdentityPreviewResult['previewIdentifierType']
type Profile = Answer['merges'][number]['profiles'][number]

/** Who would be one person and who several, had this been the policy all along. */
export function Preview({ input }: { input: PreviewIdentifierTypeInput }) {
  const preview = useQuery(IdentityPreview, { input })
  return (
    <div aria-live="polite">
      <Ready query={preview}>{({ previewIdentifierType }) => <Outcome answer={previewIdentifierType} />}</Ready>
    </div>
  )
}

function Outcome({ answer }: { answer: Answer }) {
  const { mergeCount, partCount, merges, parts, people, evaluated, exact } = answer
  const sample = exact ? '' : ` Estimated from ${plural(evaluated, 'profile')} of ${number(people)}.`
  if (mergeCount + partCount === 0)
    return <Note tone="good">Nobody would be one or several who is not so today.{sample}</Note>
  return (
    <div className="stack tight">
      <Note tone="warn">
        {mergeCount > 0 && `${plural(mergeCount, 'person', 'people')} would be one instead of several profiles. `}
        {partCount > 0 && `${plural(partCount, 'profile')} would be several people.`} Saving changes nobody yet: it
        counts for what comes, until it is applied to what was.{sample}
      </Note>
      <ul className="lines">
        {merges.map(({ profiles }) => (
          <li key={profiles.map(({ id }) => id).join()}>
            <span className="pill info">one</span>
            <span className="what">
              {profiles.map((profile, n) => (
                <span key={profile.id}>
                  {n > 0 && ' + '}
                  <Link to={personPath(profile)}>{nameOf(profile)}</Link>
                </span>
              ))}
            </span>
          </li>
        ))}
        {parts.map(({ profile, parts: lists }) =>
          profile ? (
            <li key={profile.id}>
              <span className="pill warn">{(lists as string[][]).length}</span>
              <span className="what">
                <Link to={personPath(profile)}>{nameOf(profile)}</Link>
                <span className="muted fine">
                  {' '}
                  {(lists as string[][]).map((ids) => valuesOf(profile, ids)).join(' | ')}
                </span>
              </span>
            </li>
          ) : null,
        )}
      </ul>
      {Math.max(mergeCount - merges.length, partCount - parts.length) > 0 && (
        <p className="muted">At most {Math.max(merges.length, parts.length)} of each are shown.</p>
      )}
    </div>
  )
}

function nameOf({ id, traits, identifiers }: Profile): string {
  return personName({ id, traits, identifiers: identifiers.nodes })
}

const MOST_VALUES = 3

function valuesOf({ identifiers }: Profile, ids: string[]): string {
  const chosen = identifiers.nodes.filter(({ id }) => ids.includes(bare(id)))
  const named = chosen.slice(0, MOST_VALUES).map(({ type, value }) => `${words(type)} ${value}`)
  const more = ids.length - named.length
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
