import type { Subject } from '../rules/model.ts'
import { compact } from '../ui/format.ts'

/** How many people or accounts, in a table of both. */
export function Counted({ count, subject }: { count: number; subject: Subject }) {
  const [one, many] = subject === 'ACCOUNT' ? ['account', 'accounts'] : ['person', 'people']
  return (
    <>
      <b>{compact(count)}</b> <span className="soft">{count === 1 ? one : many}</span>
    </>
  )
}
