import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useQuery } from '../client/query.ts'
import { navigate } from '../client/router.ts'
import { toPerson } from '../people/person-link.tsx'
import { bare, personName, personPath } from '../people/person.ts'
import { searchFilter } from '../people/search.ts'
import { destinations } from '../pages/places.ts'
import { useDebounced } from '../ui/debounce.ts'
import { Icon } from '../ui/icons.tsx'
import { Avatar } from '../ui/parts.tsx'
import { Find } from './palette.graphql.ts'

type Hit = { key: string; to: string; name: ReactNode; kind: string; icon: ReactNode }

/** People, definitions, accounts and pages by a few letters, from anywhere. */
export function Palette({ open, onClose }: { open: boolean; onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal()
    if (!open && dialog.current?.open) dialog.current.close()
  }, [open])
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label="Find"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      {open && <Finder onClose={onClose} />}
    </dialog>
  )
}

function Finder({ onClose }: { onClose(): void }) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const list = useId()
  const hits = useHits(text.trim())
  const current = Math.min(chosen, hits.length - 1)

  function go(hit: Hit | undefined) {
    if (!hit) return
    onClose()
    navigate(hit.to)
  }

  function onKey(event: KeyboardEvent) {
    if (event.key === 'ArrowDown') setChosen((current + 1) % Math.max(hits.length, 1))
    else if (event.key === 'ArrowUp') setChosen((current - 1 + hits.length) % Math.max(hits.length, 1))
    else if (event.key === 'Enter') go(hits[current])
    else return
    event.preventDefault()
  }

  return (
    <>
      <input
        autoFocus
        role="combobox"
        aria-label="Find anybody or anything"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={hits[current] ? `${list}-${current}` : undefined}
        placeholder="E-mail, user id, phone, or the name of anything"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setChosen(0)
        }}
        onKeyDown={onKey}
      />
      <ul id={list} role="listbox" aria-label="Found">
        {hits.map((hit, index) => (
          <li
            key={hit.key}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === current}
            onClick={() => go(hit)}
            onPointerMove={() => setChosen(index)}
          >
            {hit.icon}
            <span className="truncate">{hit.name}</span>
            <span className="kind">{hit.kind}</span>
          </li>
        ))}
      </ul>
      <p className="hint">
        {hits.length === 0
          ? 'Nothing found. Identifiers are compared from their beginning.'
          : 'Arrows choose, Enter opens, Escape closes.'}
      </p>
    </>
  )
}

function useHits(text: string): Hit[] {
  const asked = useDebounced(text, 120)
  const filter = searchFilter(asked) ?? {}
  const { data } = useQuery(Find, { filter, text: asked }, { skip: asked.length < 2 })
  const pages = destinations
    .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
    .map(({ to, name, icon }) => ({ key: to, to, name, kind: 'Page', icon: <Icon name={icon} /> }))
  if (text.length < 2 || !data) return pages
  const people = data.profiles.nodes.map((profile) => {
    const name = personName(toPerson(profile))
    return { key: profile.id, to: personPath(profile), name, kind: 'Person', icon: <Avatar name={name} /> }
  })
  const segments = data.segments.nodes.map(({ id, key, name }) => {
    return { key: id, to: `/segments/${key}`, name, kind: 'Segment', icon: <Icon name="segment" /> }
  })
  const labels = data.labels.nodes.map(({ id, key, name }) => {
    return { key: id, to: `/labels/${key}`, name, kind: 'Label', icon: <Icon name="label" /> }
  })
  const accounts = data.accounts.nodes.map(({ id, name }) => {
    return { key: id, to: `/accounts/${bare(id)}`, name, kind: 'Account', icon: <Avatar name={name} square /> }
  })
  return [...people, ...segments, ...labels, ...accounts, ...pages]
}
