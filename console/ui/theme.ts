import { useState } from 'react'

export type Theme = 'light' | 'dark'

const STORAGE = 'kith.theme'

/** The reader's choice; without one, that of the system, which the styles follow by themselves. */
export function applyStoredTheme(): void {
  const stored = localStorage.getItem(STORAGE)
  if (stored) document.documentElement.dataset.theme = stored
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const system = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  const [theme, setTheme] = useState<Theme>((document.documentElement.dataset.theme as Theme | undefined) ?? system)
  return [
    theme,
    (next) => {
      localStorage.setItem(STORAGE, next)
      document.documentElement.dataset.theme = next
      setTheme(next)
    },
  ]
}
