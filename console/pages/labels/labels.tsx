import { useQuery } from '../../client/query.ts'
import { navigate, usePlace } from '../../client/router.ts'
import type { LabelFilter } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { Counted } from '../../definitions/counted.tsx'
import { Status } from '../../definitions/status.tsx'
import { labelSentence } from '../../rules/label.ts'
import { Choice } from '../../ui/choice.tsx'
import { Icon } from '../../ui/icons.tsx'
import { Card, Empty, Link, Page, Ready, Time } from '../../ui/parts.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { Labels as LabelsQuery, type LabelsResult } from './labels.graphql.ts'

const POLL_MS = 5000

export default function Labels() {
  const { search } = usePlace()
  const mayChange = useMayChange('define')
  const text = search.get('q') ?? ''
  const archived = search.get('status') === 'archived'
  const filter: LabelFilter = {
    status: archived ? { eq: 'ARCHIVED' } : { ne: 'ARCHIVED' },
    ...(text && {
      or: [{ name: { contains: text, ignoreCase: true } }, { key: { contains: text, ignoreCase: true } }],
    }),
  }
  const labels = useQuery(LabelsQuery, { filter }, { every: POLL_MS })
  return (
    <Page
      title="Labels"
      name="Labels"
      lead="Named values that Kith works out for every person or account, such as a lifecycle stage, a score or a favourite."
      actions={
        mayChange && (
          <Link className="button primary" to="/labels/new">
            <Icon name="plus" size={16} /> New label
          </Link>
        )
      }
    >
      <div className="filters">
        <SearchField label="Find a label" />
        <Choice
          label="Status"
          parameter="status"
          options={[
            { value: '', name: 'In use' },
            { value: 'archived', name: 'Archived' },
          ]}
        />
      </div>
      <Card flush>
        <Ready query={labels}>
          {(data) =>
            data.labels.nodes.length === 0 ? (
              <Empty title={text || archived ? 'No label fits' : 'No label yet'}>
                <p>
                  A label gives every person a value: the first of some cases that holds, points added up, or something
                  counted over their events and records. Segments may ask for it.
                </p>
                {mayChange && (
                  <Link className="button" to="/labels/new">
                    Make the first one
                  </Link>
                )}
              </Empty>
            ) : (
              <Table labels={data.labels.nodes} />
            )
          }
        </Ready>
      </Card>
    </Page>
  )
}

function Table({ labels }: { labels: LabelsResult['labels']['nodes'] }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Label</th>
            <th className="wide-only">Status</th>
            <th className="right">Have a value</th>
            <th className="right wide-only">Last change</th>
          </tr>
        </thead>
        <tbody>
          {labels.map((label) => (
            <tr key={label.id} className="linked" onClick={() => navigate(`/labels/${label.key}`)}>
              <td className="described">
                <Link className="quiet-link" to={`/labels/${label.key}`}>
                  <b>{label.name}</b>
                </Link>
                <p className="muted" title={labelSentence(label.rule)}>
                  {label.description || labelSentence(label.rule)}
                </p>
              </td>
              <td className="wide-only">
                <Status definition={label} />
              </td>
              <td className="right">
                <Counted
                  count={label[label.subject === 'ACCOUNT' ? 'accounts' : 'values'].totalCount}
                  subject={label.subject}
                />
              </td>
              <td className="right wide-only soft">
                {label.transitions.nodes[0] ? <Time at={label.transitions.nodes[0].at} /> : '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
