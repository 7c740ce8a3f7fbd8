import { useQuery } from '../../client/query.ts'
import { navigate, usePlace } from '../../client/router.ts'
import type { SegmentFilter } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { sentence } from '../../rules/sentence.ts'
import { Choice } from '../../ui/choice.tsx'
import { Icon } from '../../ui/icons.tsx'
import { Card, Empty, Link, Page, Ready, Time } from '../../ui/parts.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { Counted } from '../../definitions/counted.tsx'
import { Status } from '../../definitions/status.tsx'
import { Segments as SegmentsQuery, type SegmentsResult } from './segments.graphql.ts'

const POLL_MS = 5000

export default function Segments() {
  const { search } = usePlace()
  const mayChange = useMayChange('define')
  const text = search.get('q') ?? ''
  const archived = search.get('status') === 'archived'
  const filter: SegmentFilter = {
    status: archived ? { eq: 'ARCHIVED' } : { ne: 'ARCHIVED' },
    ...(text && {
      or: [{ name: { contains: text, ignoreCase: true } }, { key: { contains: text, ignoreCase: true } }],
    }),
  }
  const segments = useQuery(SegmentsQuery, { filter }, { every: POLL_MS })
  return (
    <Page
      title="Segments"
      name="Segments"
      lead="Rules, and the people or accounts that satisfy them now. Who comes in or goes out is told within moments."
      actions={
        <>
          <Link className="button" to="/audience">
            Combine
          </Link>
          <Link className="button" to="/templates">
            Templates
          </Link>
          {mayChange && (
            <Link className="button primary" to="/segments/new">
              <Icon name="plus" size={16} /> New segment
            </Link>
          )}
        </>
      }
    >
      <div className="filters">
        <SearchField label="Find a segment" />
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
        <Ready query={segments}>
          {(data) =>
            data.segments.nodes.length === 0 ? (
              <Empty title={text || archived ? 'No segment fits' : 'No segment yet'}>
                <p>
                  A segment is a rule such as “viewed the prices in the last hour and sent no form within ten minutes”.
                  Kith finds everybody who satisfies it, and keeps the answer up to date to the moment.
                </p>
                {mayChange && (
                  <Link className="button" to="/segments/new">
                    Make the first one
                  </Link>
                )}
              </Empty>
            ) : (
              <Table segments={data.segments.nodes} />
            )
          }
        </Ready>
      </Card>
    </Page>
  )
}

function Table({ segments }: { segments: SegmentsResult['segments']['nodes'] }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Segment</th>
            <th className="wide-only">Status</th>
            <th className="right">In it</th>
            <th className="right wide-only">Last change</th>
          </tr>
        </thead>
        <tbody>
          {segments.map((segment) => (
            <tr key={segment.id} className="linked" onClick={() => navigate(`/segments/${segment.key}`)}>
              <td className="described">
                <Link className="quiet-link" to={`/segments/${segment.key}`}>
                  <b>{segment.name}</b>
                </Link>
                <p className="muted" title={sentence(segment.rule)}>
                  {segment.description || sentence(segment.rule)}
                </p>
              </td>
              <td className="wide-only">
                <Status definition={segment} />
              </td>
              <td className="right">
                <Counted count={segment.size} subject={segment.subject} />
              </td>
              <td className="right wide-only soft">
                {segment.transitions.nodes[0] ? <Time at={segment.transitions.nodes[0].at} /> : '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
