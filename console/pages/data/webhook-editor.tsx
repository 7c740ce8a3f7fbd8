/** A webhook: how its calls prove themselves, what they mean, and what that makes of a sample. */
import { type FormEvent, useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { here, navigate } from '../../client/router.ts'
import type { WebhookVerify } from '../../client/schema.ts'
import { useSave } from '../../definitions/save.ts'
import { Card, Copy, Failure, Field, Link, Note } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { Made, MappingField } from './mapping.tsx'
import { Deliveries, type Webhook } from './webhook-deliveries.tsx'
import { STARTS, VERIFY } from './webhook-starts.ts'
import { CreateWebhook, PreviewWebhook, type PreviewWebhookResult, UpdateWebhook } from './webhooks.graphql.ts'

const HMAC = 'hmac'

export function WebhookEditor({ webhook }: { webhook?: Webhook }) {
  const [verify, setVerify] = useState<WebhookVerify>(webhook?.verify ?? 'shopify')
  const [mapping, setMapping] = useState(webhook?.mapping ?? STARTS.shopify.mapping)
  const { error, busy, run } = useSave()

  function choose(next: WebhookVerify) {
    // A start that nobody has changed gives way to the next one's.
    if (!webhook && mapping === STARTS[verify].mapping) setMapping(STARTS[next].mapping)
    setVerify(next)
  }

  function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const secret = String(form.get('secret'))
    const header = verify === HMAC ? String(form.get('header')) : null
    const same = { verify, mapping, ...(header && { header }) }
    void run(async () => {
      if (webhook) {
        await request(UpdateWebhook, { input: { ...same, source: webhook.source!.id, ...(secret && { secret }) } })
        toast('Saved. Dead letters that the old mapping left can be sent again.')
      } else {
        const input = { ...same, secret, name: String(form.get('name')) }
        const { createWebhook } = await request(CreateWebhook, { input })
        navigate(here({ webhook: createWebhook.webhook.source?.id ?? null }))
      }
      await refresh()
    })
  }

  return (
    <div className="stack">
      <p>
        <Link to={here({ webhook: null })}>All webhooks</Link>
      </p>
      {webhook && <Address path={webhook.path} />}
      <Card title={webhook ? webhook.source?.name : 'New webhook'}>
        <form className="form" onSubmit={save}>
          <div className="form-row">
            {!webhook && (
              <Field name="Name" hint="What its events are attributed to.">
                <input className="input" name="name" required placeholder="Shopify" />
              </Field>
            )}
            <Field name="Signed as by" hint={VERIFY[verify]}>
              <select
                className="input"
                value={verify}
                onChange={(event) => choose(event.target.value as WebhookVerify)}
              >
                {Object.keys(VERIFY).map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </Field>
            <Field
              name="Secret"
              hint={webhook ? 'Empty: as it is. It is told to nobody.' : 'What the third party signs with.'}
            >
              <input className="input" name="secret" type="password" autoComplete="off" required={!webhook} />
            </Field>
            {verify === HMAC && (
              <Field name="Header" hint="Where the signature is; x-signature without.">
                <input className="input" name="header" defaultValue={webhook?.header ?? ''} />
              </Field>
            )}
          </div>
          <MappingField of="body and headers" value={mapping} onChange={setMapping} />
          {error && <Failure error={error} />}
          <div className="row wrap">
            <button type="submit" className="button primary" disabled={busy}>
              {webhook ? 'Save' : 'Make the webhook'}
            </button>
          </div>
        </form>
      </Card>
      <TryOut key={webhook ? 'known' : verify} mapping={mapping} sample={STARTS[verify].sample} />
      {webhook && <Deliveries webhook={webhook} />}
    </div>
  )
}

function Address({ path }: { path: string }) {
  const address = window.location.origin + path
  return (
    <Note>
      Give this address to the third party: <code>{address}</code> <Copy text={address} />
    </Note>
  )
}

/** The mapping as it is being edited, on a sample: nothing is stored. */
function TryOut({ mapping, sample }: { mapping: string; sample: object }) {
  const [text, setText] = useState(() => JSON.stringify(sample, null, 2))
  const [made, setMade] = useState<PreviewWebhookResult['previewWebhook']>()
  const { error, busy, run } = useSave()

  function preview() {
    setMade(undefined)
    void run(async () => {
      const body = JSON.parse(text) as unknown
      const { previewWebhook } = await request(PreviewWebhook, { input: { mapping, body: body as never } })
      setMade(previewWebhook)
    })
  }

  return (
    <Card title="Try it on a sample">
      <div className="stack tight">
        <Field name="A call’s body" hint="As the third party sends it. Nothing is stored.">
          <textarea
            className="code"
            rows={10}
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <p>
          <button type="button" className="button" disabled={busy} onClick={preview}>
            Try the mapping
          </button>
        </p>
        {error && <Failure error={error} />}
        {made && <Made made={made} />}
      </div>
    </Card>
  )
}
