/** How the console calls somebody. */
import { isObject } from '../rules/model.ts'

export type Person = {
  id: string
  traits: unknown
  identifiers?: { type: string; value: string }[]
  /** From a CRM contact, should the traits not say. */
  contact?: { firstName: string | null; lastName: string | null }
}

const NAMES = ['name', 'fullName', 'full_name', 'displayName']
const FIRST = ['firstName', 'first_name', 'firstname']
const LAST = ['lastName', 'last_name', 'lastname']
const IDENTIFIERS = ['email', 'user_id', 'phone', 'anonymous_id']

/** The name if there is one, otherwise the best identifier; never empty. */
export function personName({ id, traits, identifiers = [], contact }: Person): string {
  const known = isObject(traits) ? traits : {}
  const text = (names: string[]) =>
    names.map((name) => known[name]).find((value): value is string => typeof value === 'string' && value.trim() !== '')
  const whole = text(NAMES) ?? [text(FIRST), text(LAST)].filter(Boolean).join(' ')
  if (whole) return whole
  const inCrm = [contact?.firstName, contact?.lastName].filter(Boolean).join(' ')
  if (inCrm) return inCrm
  for (const type of IDENTIFIERS) {
    const found = identifiers.find((one) => one.type === type)
    if (found) return type === 'anonymous_id' ? `Visitor ${found.value.slice(0, 8)}` : found.value
  }
  return text(['email']) ?? identifiers[0]?.value ?? `Profile ${bare(id).slice(-8)}`
}

/** 'Profile:<uuid>' -> '<uuid>', for addresses. */
export function bare(id: string): string {
  return id.slice(id.indexOf(':') + 1)
}

export function personPath({ id }: { id: string }): string {
  return `/people/${bare(id)}`
}
