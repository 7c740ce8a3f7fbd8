import { Avatar, Link } from '../ui/parts.tsx'
import { bare } from './person.ts'

/** Sign and name, leading to the account. */
export function AccountLink({ account: { id, name } }: { account: { id: string; name: string } }) {
  return (
    <Link to={`/accounts/${bare(id)}`} className="person">
      <Avatar name={name} square />
      <b className="truncate">{name}</b>
    </Link>
  )
}
