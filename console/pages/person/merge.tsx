import { useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { toPerson } from '../../people/person-link.tsx'
import { personName } from '../../people/person.ts'
import { searchFilter } from '../../people/search.ts'
import { useDebounced } from '../../ui/debounce.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Avatar, Field } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { MergeCandidates, MergeProfiles } from './identity.graphql.ts'

type Props = { profileId: string; name: string; open: boolean; onClose(): void }

/** Says by hand that somebody else is this person too. */
export function MergeDialog({ profileId, name, open, onClose }: Props) {
  const [text, setText] = useState('')
  const [reason, setReason] = useState('')
  const asked = useDebounced(text.trim(), 200)
  const short = asked.length < 2
  const found = useQuery(MergeCandidates, { filter: searchFilter(asked) ?? {} }, { skip: short }).data
  const others = short ? [] : (found?.profiles.nodes.filter(({ id }) => id !== profileId) ?? [])

  function merge(id: string, other: string) {
    onClose()
    const input = { intoId: profileId, profileIds: [id], reason: reason || null }
    void attempt(() => request(MergeProfiles, { input }).then(refresh), `${other} is ${name} now.`)
  }

  return (
    <Dialog title={`Who else is ${name}?`} open={open} onClose={onClose}>
      <Field name="Find the other one">
        <input
          className="input"
          placeholder="E-mail, user id, phone or name"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <Field name="Reason" hint="Kept in the merge history, where this can be undone.">
        <input className="input" value={reason} onChange={(event) => setReason(event.target.value)} />
      </Field>
      <ul className="stack tight">
        {others.map((profile) => {
          const other = personName(toPerson(profile))
          return (
            <li key={profile.id} className="row between">
              <span className="person">
                <Avatar name={other} />
                <span>
                  <b className="truncate">{other}</b>
                  <span className="muted fine truncate">
                    {profile.identifiers.nodes.map(({ value }) => value).join(', ')}
                  </span>
                </span>
              </span>
              <button type="button" className="button small" onClick={() => merge(profile.id, other)}>
                Make them one
              </button>
            </li>
          )
        })}
        {!short && found && others.length === 0 && <li className="muted">Nobody else fits.</li>}
      </ul>
    </Dialog>
  )
}
