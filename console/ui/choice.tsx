import { here, navigate, usePlace } from '../client/router.ts'

type Props = { label: string; parameter: string; options: { value: string; name: string }[] }

/** A filter whose choice is in the URL; the first option is the one that is not written there. */
export function Choice({ label, parameter, options }: Props) {
  const { search } = usePlace()
  const fallback = options[0]?.value ?? ''
  return (
    <select
      className="input"
      aria-label={label}
      value={search.get(parameter) ?? fallback}
      onChange={(event) => {
        const { value } = event.target
        navigate(here({ [parameter]: value === fallback ? null : value, after: null, before: null }))
      }}
    >
      {options.map(({ value, name }) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  )
}
