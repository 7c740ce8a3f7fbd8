import { useState } from 'react'

/** One save at a time, and what the last one was refused for. */
export function useSave() {
  const [error, setError] = useState<Error>()
  const [busy, setBusy] = useState(false)
  async function run(work: () => Promise<void>): Promise<void> {
    setBusy(true)
    setError(undefined)
    try {
      await work()
    } catch (reason) {
      setError(reason as Error)
    } finally {
      setBusy(false)
    }
  }
  return { error, busy, run }
}
