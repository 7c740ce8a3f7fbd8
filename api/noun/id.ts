/**
 * Node ids: `Order:0199ad3c-...`. Readable, so that an id in a log, in SQL or in a webhook can be recognised; where the type is
 * known an argument takes the bare UUID too. A type whose key is more than a UUID joins its parts with `~`.
 */
import { KithError } from '../../errors.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const NODE_ID = /^([A-Z][A-Za-z0-9]{1,40}):(.{1,200})$/

export const isUuid = (text: string) => UUID.test(text)

export function encodeNodeId(typename: string, key: string): string {
  return `${typename}:${key}`
}

export function decodeNodeId(id: string): { typename: string; id: string } {
  const [, typename, key] = NODE_ID.exec(id) ?? []
  if (!typename || !key) throw idError(id)
  return { typename, id: key }
}

/** The UUID in `id`, a node id of that type or a bare UUID. */
export function uuidOf(typename: string, id: string): string {
  if (isUuid(id)) return id
  const found = decodeNodeId(id)
  if (found.typename !== typename || !isUuid(found.id)) throw idError(id, typename)
  return found.id
}

export function idError(id: string, typename = 'Profile'): KithError {
  const message = `Expected an id such as "${typename}:0199ad3c-0000-7000-8000-000000000000"; got ${JSON.stringify(id.slice(0, 80))}.`
  return new KithError('ID_INVALID', message)
}
