/** How a mapping is written, and what it makes: of a webhook's call as of a Postgres source's row. */
import { plural } from '../../ui/format.ts'
import { Code, Field, Note } from '../../ui/parts.tsx'
import type { PreviewWebhookResult } from './webhooks.graphql.ts'

export function MappingField({ of, value, onChange }: { of: string; value: string; onChange(mapping: string): void }) {
  return (
    <Field
      name="Mapping"
      hint={`JSONata over ${of}: an event, or {events, records}, or a list of either; nothing for what is of no interest.`}
    >
      <textarea
        className="code"
        rows={14}
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  )
}

/** What a mapping makes of one sample, and what of that would be refused. */
export function Made({ made: { events, records, problems } }: { made: PreviewWebhookResult['previewWebhook'] }) {
  return (
    <div className="stack tight" aria-live="polite">
      <Note tone={problems.length > 0 ? 'warn' : 'good'}>
        {plural(events.length, 'event')} and {plural(records.length, 'record')}
        {problems.length > 0 ? '; not all would be taken:' : ', and all would be taken.'}
        {problems.map(({ part, index, code, reason }) => (
          <p key={`${part}${index}`}>
            <code>{code}</code> {reason}
          </p>
        ))}
      </Note>
      {events.length > 0 && <Code text={JSON.stringify(events, null, 2)} wrap />}
      {records.length > 0 && <Code text={JSON.stringify(records, null, 2)} wrap />}
    </div>
  )
}
