import { here, navigate, usePlace } from '../../client/router.ts'

/** Looks back at an instant, which is in the URL. */
export function AsOf() {
  const { search } = usePlace()
  return (
    <label className="row fine soft">
      As of
      <input
        type="datetime-local"
        className="input small"
        value={search.get('asOf') ?? ''}
        onChange={(event) => navigate(here({ asOf: event.target.value, after: null, before: null }), { replace: true })}
      />
    </label>
  )
}

/** That instant; undefined for now. The field is in the reader's time zone. */
export function useAsOf(): string | undefined {
  const at = new Date(usePlace().search.get('asOf') ?? '')
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
