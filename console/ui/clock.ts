import { useEffect, useState } from 'react'

/** The time, in steps, while the page is looked at: what is asked with it stays the same question for a step. */
export function useNow(step: number): number {
  const [now, setNow] = useState(() => round(step))
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setNow(round(step))
    }, step)
    return () => clearInterval(timer)
  }, [step])
  return now
}

function round(step: number): number {
  return Math.floor(Date.now() / step) * step
}
