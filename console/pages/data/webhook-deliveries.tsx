import { number } from '../../ui/format.ts'
import { Card, Empty, Time } from '../../ui/parts.tsx'
import type { WebhooksResult } from './webhooks.graphql.ts'

export type Webhook = WebhooksResult['webhooks'][number]

/** What became of the latest calls. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  return (
    <Card title="Latest calls" flush={webhook.deliveries.length > 0}>
      {webhook.deliveries.length === 0 ? (
        <Empty title="Not called yet">
          <p>Each call shows here for a week: what came of it, or why it was refused. Wrong signatures too.</p>
        </Empty>
      ) : (
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th>When</th>
                <th className="right">Events</th>
                <th className="right wide-only">Seen before</th>
                <th className="right">Records</th>
                <th>Outcome</th>
              </tr>
            </thead>
            <tbody>
              {webhook.deliveries.map((call) => (
                <tr key={call.at}>
                  <td>
                    <Time at={call.at} />
                  </td>
                  <td className="right">{number(call.stored)}</td>
                  <td className="right wide-only soft">{number(call.deduplicated)}</td>
                  <td className="right">{number(call.records)}</td>
                  <td>
                    {call.code ? (
                      <span className="pill bad">{call.code}</span>
                    ) : (
                      <span className="pill good">taken</span>
                    )}{' '}
                    <span className="soft">{call.deadLetter?.reason}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  )
}
