/** Settings > Identity policy: what makes two profiles one person. */
import { useQuery } from '../../client/query.ts'
import { here, navigate, usePlace } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Link, Page, Ready } from '../../ui/parts.tsx'
import { number, words } from '../../ui/format.ts'
import { SettingsTabs } from '../settings/tabs.tsx'
import { READ_AS } from './change.ts'
import { IdentityPolicy as PolicyQuery, type IdentityPolicyResult } from './policy.graphql.ts'
import { Purposes } from './purposes.tsx'
import { Reapply } from './reapply.tsx'
import { TypeForm } from './type-form.tsx'

export type IdentifierType = IdentityPolicyResult['identityPolicy'][number]

/** In the address in place of a type's key. */
const NEW = 'new'

export default function IdentityPolicy() {
  const policy = useQuery(PolicyQuery, {})
  return (
    <Page
      title="Identity policy"
      name="Identity policy"
      lead="Which values name a person, which of them counts most, and what keeps two people apart."
    >
      <SettingsTabs current="identity" />
      <Ready query={policy}>
        {(data) => (
          <div className="stack">
            <Types data={data} />
            <Reapply />
            <Purposes purposes={data.consentPurposes} />
          </div>
        )}
      </Ready>
    </Page>
  )
}

function Types({ data }: { data: IdentityPolicyResult }) {
  const { search } = usePlace()
  const mayChange = useMayChange('model')
  const key = search.get('type')
  const chosen = data.identityPolicy.find((type) => type.key === key)
  const close = () => navigate(here({ type: null }))
  if (key === NEW || chosen) return <TypeForm key={key} type={chosen} sources={data.sources.nodes} onDone={close} />
  return (
    <Card
      title="Kinds of identifier"
      flush
      actions={
        mayChange && (
          <Link className="button small" to={here({ type: NEW })}>
            <Icon name="plus" size={14} /> New kind
          </Link>
        )
      }
    >
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>Kind, strongest first</th>
              <th className="wide-only">Read</th>
              <th className="right">Most per person</th>
              <th className="right wide-only">People until shared</th>
              <th className="right">Blocked</th>
            </tr>
          </thead>
          <tbody>
            {data.identityPolicy.map((type) => (
              <tr key={type.key}>
                <td>
                  <Link to={here({ type: type.key })}>
                    <b>{words(type.key)}</b>
                  </Link>{' '}
                  {type.shared && <span className="pill warn">shared</span>}{' '}
                  {type.isChanged && <span className="pill accent">yours</span>}
                </td>
                <td className="wide-only soft">{readAs(type)}</td>
                <td className="right">{number(type.max)}</td>
                <td className="right wide-only">{number(type.peopleLimit)}</td>
                <td className="right">{type.blocked.length || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

function readAs({ normaliser, country }: IdentifierType): string {
  return READ_AS[normaliser] + (country ? `, of ${country} where it names no country` : '')
}
