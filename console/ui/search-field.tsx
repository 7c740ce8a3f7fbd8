import { useEffect, useState } from 'react'
import { here, navigate, usePlace } from '../client/router.ts'
import { useDebounced } from './debounce.ts'
import { Icon } from './icons.tsx'

type Props = { label: string; placeholder?: string; parameter?: string }

/** Keeps what is searched for in the URL, a moment after the last key; starts again at the first page. */
export function SearchField({ label, placeholder = label, parameter = 'q' }: Props) {
  const { search } = usePlace()
  const inUrl = search.get(parameter) ?? ''
  const [text, setText] = useState(inUrl)
  const settled = useDebounced(text, 180)

  useEffect(() => {
    if (settled.trim() !== inUrl)
      navigate(here({ [parameter]: settled.trim(), after: null, before: null }), { replace: true })
    // Only what was typed moves the URL; a URL that moves by itself (Back) moves the text, below.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [settled])
  useEffect(() => {
    setText((current) => (current.trim() === inUrl ? current : inUrl))
  }, [inUrl])

  return (
    <div className="search-field">
      <Icon name="search" size={16} />
      <input
        type="search"
        className="input"
        aria-label={label}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  )
}
