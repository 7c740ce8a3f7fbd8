/** Whether the parts of Kith are alive, as /readyz says it. */
import { useEffect, useState } from 'react'

export type Health = { missing: { what: string; message: string }[]; reachable: boolean }

const POLL_MS = 3000

export function useHealth(): Health | undefined {
  const [health, setHealth] = useState<Health>()
  useEffect(() => {
    let stopped = false
    async function look() {
      const next = await fetch('/readyz').then(
        async (response) => ({ missing: ((await response.json()) as Health).missing, reachable: true }),
        () => ({ missing: [], reachable: false }),
      )
      if (!stopped) setHealth(next)
    }
    void look()
    const timer = setInterval(() => void look(), POLL_MS)
    return () => {
      stopped = true
      clearInterval(timer)
    }
  }, [])
  return health
}
