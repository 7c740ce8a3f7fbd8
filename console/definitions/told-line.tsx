/** A transition in a list: whom it is about, what happened, and, opened, why. */
import { type ComponentProps, type ReactNode, useState } from 'react'
import { AccountLink } from '../people/account-link.tsx'
import { PersonLink } from '../people/person-link.tsx'
import { Time } from '../ui/parts.tsx'
import { CAUSES } from './causes.ts'
import { Reasons, WhyButton } from './reasons.tsx'

type Props = {
  transition: {
    id: string
    at: string
    cause: string
    profile: ComponentProps<typeof PersonLink>['profile'] | null
    account: ComponentProps<typeof AccountLink>['account'] | null
  }
  fresh?: boolean
  /** Before who it is. */
  before?: ReactNode
  children?: ReactNode
}

export function ToldLine({ transition: { id, at, cause, profile, account }, fresh = false, before, children }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <li className={`event ${fresh ? 'fresh' : ''}`}>
      {before}
      {profile && <PersonLink profile={profile} />}
      {account && <AccountLink account={account} />}
      {children}
      <span className="muted wide-only">{CAUSES[cause] ?? cause}</span>
      <span className="when">
        <WhyButton open={open} onToggle={setOpen} /> <Time at={at} />
      </span>
      {open && (
        <div className="detail">
          <Reasons transitionId={id} />
        </div>
      )}
    </li>
  )
}
