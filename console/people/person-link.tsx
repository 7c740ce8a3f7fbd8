import { Avatar, Link } from '../ui/parts.tsx'
import { personName, personPath, type Person } from './person.ts'

type Identified = {
  id: string
  traits: unknown
  identifiers: { nodes: { type: string; value: string }[] }
  contacts: { nodes: { firstName: string | null; lastName: string | null }[] }
}

/** `Person` from the shape in which every query asks for one. */
export function toPerson({ id, traits, identifiers, contacts }: Identified): Person {
  return { id, traits, identifiers: identifiers.nodes, contact: contacts.nodes[0] }
}

/** Identifiers that say something to a person. */
const READABLE = ['email', 'phone', 'user_id']

/** Face and name, leading to the profile. */
export function PersonLink({ profile, detail = false }: { profile: Identified; detail?: boolean }) {
  const person = toPerson(profile)
  const name = personName(person)
  const other = person.identifiers?.find(({ type, value }) => READABLE.includes(type) && value !== name)?.value
  return (
    <Link to={personPath(profile)} className="person">
      <Avatar name={name} />
      <span>
        <b className="truncate">{name}</b>
        {detail && other && <span className="truncate muted fine">{other}</span>}
      </span>
    </Link>
  )
}
