import { useQuery } from '../../client/query.ts'
import { here, usePlace } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Copy, Empty, Link, Note, Ready, Time } from '../../ui/parts.tsx'
import { WebhookEditor } from './webhook-editor.tsx'
import type { Webhook } from './webhook-deliveries.tsx'
import { Webhooks } from './webhooks.graphql.ts'

const POLL_MS = 3000

/** Third parties that call us, what their calls mean, and what became of the latest. */
export function WebhookList() {
  const { search } = usePlace()
  const mayChange = useMayChange('model')
  const webhooks = useQuery(Webhooks, {}, { every: POLL_MS, skip: !mayChange })
  const chosen = search.get('webhook')
  if (!mayChange) return <Note>Webhooks are for those who may change the model.</Note>
  return (
    <Ready query={webhooks}>
      {({ webhooks }) => {
        const known = webhooks.find(({ source }) => source?.id === chosen)
        if (chosen && (known || chosen === 'new')) return <WebhookEditor key={chosen} webhook={known} />
        return (
          <div className="stack">
            <Card
              title="Webhooks"
              flush={webhooks.length > 0}
              actions={
                <Link to={here({ webhook: 'new' })} className="button small">
                  <Icon name="plus" size={14} /> New webhook
                </Link>
              }
            >
              {webhooks.length === 0 ? (
                <Empty title="No webhook yet">
                  <p>
                    Shopify, Stripe, HubSpot and others call an address of yours; a mapping makes events and records of
                    what they say.
                  </p>
                </Empty>
              ) : (
                <ul className="lines">
                  {webhooks.map((webhook) => (
                    <Line key={webhook.path} webhook={webhook} />
                  ))}
                </ul>
              )}
            </Card>
          </div>
        )
      }}
    </Ready>
  )
}

function Line({ webhook }: { webhook: Webhook }) {
  const [latest] = webhook.deliveries
  return (
    <li className="letter">
      <div className="what">
        <Link to={here({ webhook: webhook.source?.id ?? null })}>
          <b>{webhook.source?.name}</b>
        </Link>{' '}
        <span className="pill">{webhook.verify}</span>
        <p className="soft truncate">
          <code>{webhook.path}</code>
        </p>
      </div>
      <Copy text={window.location.origin + webhook.path} label="Copy the address" />
      <span className="when">{latest ? <Time at={latest.at} /> : 'never called'}</span>
    </li>
  )
}
