import { type ComponentType, lazy, type LazyExoticComponent } from 'react'

/** Code could not be had: the API is down, or a newer console has taken the place of this one's files. */
export class CodeMissing extends Error {}

/** A component whose code is loaded when first needed. React never asks again for what failed: app.tsx loads everything anew. */
export function late<P>(load: () => Promise<{ default: ComponentType<P> }>): LazyExoticComponent<ComponentType<P>> {
  return lazy(() =>
    load().catch((cause: unknown) => {
      throw new CodeMissing('Its code could not be fetched.', { cause })
    }),
  )
}
