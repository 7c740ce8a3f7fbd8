import type { ReactNode } from 'react'

const SHAPES = {
  home: <path d="M3.5 9 10 3.5 16.5 9v7a.8.8 0 0 1-.8.8h-3.5V12H7.8v4.8H4.3a.8.8 0 0 1-.8-.8z" />,
  people: (
    <>
      <circle cx="7.6" cy="7" r="2.9" />
      <path d="M2.5 16.2c.3-3 2.3-4.7 5.1-4.7s4.8 1.7 5.1 4.7M13 4.4a2.8 2.8 0 0 1 0 5.3M14.7 12c1.7.7 2.7 2.2 2.9 4.2" />
    </>
  ),
  account: (
    <>
      <path d="M4 16.5V4.3a.8.8 0 0 1 .8-.8h6.4a.8.8 0 0 1 .8.8v12.2M12 8h3.2a.8.8 0 0 1 .8.8v7.7M2.8 16.5h14.4" />
      <path d="M6.8 6.8h2.4M6.8 9.8h2.4M6.8 12.8h2.4" />
    </>
  ),
  segment: (
    <>
      <circle cx="8" cy="10" r="5" />
      <circle cx="12" cy="10" r="5" />
    </>
  ),
  audience: (
    <>
      <circle cx="7.4" cy="8" r="4.4" />
      <circle cx="12.6" cy="8" r="4.4" />
      <circle cx="10" cy="12.4" r="4.4" />
    </>
  ),
  template: (
    <>
      <rect x="3.5" y="3.5" width="5.6" height="5.6" rx="1" />
      <rect x="10.9" y="3.5" width="5.6" height="5.6" rx="1" />
      <rect x="3.5" y="10.9" width="5.6" height="5.6" rx="1" />
      <path d="M13.7 11v5.4M11 13.7h5.4" />
    </>
  ),
  label: (
    <>
      <path d="M3.5 9.3V4.3a.8.8 0 0 1 .8-.8h5l7 7a.9.9 0 0 1 0 1.2l-4.8 4.8a.9.9 0 0 1-1.2 0z" />
      <circle cx="7" cy="7" r="1" />
    </>
  ),
  jobs: <path d="M4 5h12M4 10h12M4 15h7M14 13.2l3 1.8-3 1.8z" />,
  data: (
    <>
      <ellipse cx="10" cy="5" rx="6" ry="2.3" />
      <path d="M4 5v10c0 1.3 2.7 2.3 6 2.3s6-1 6-2.3V5M4 10c0 1.3 2.7 2.3 6 2.3s6-1 6-2.3" />
    </>
  ),
  sql: <path d="m4 6 3.5 4L4 14M9.5 14.5H16" />,
  settings: (
    <>
      <path d="M3.5 6h7M14.5 6h2M3.5 14h2M9.5 14h7" />
      <circle cx="12.5" cy="6" r="1.9" />
      <circle cx="7.5" cy="14" r="1.9" />
    </>
  ),
  search: (
    <>
      <circle cx="9" cy="9" r="5" />
      <path d="m13 13 3.5 3.5" />
    </>
  ),
  sun: (
    <>
      <circle cx="10" cy="10" r="3.2" />
      <path d="M10 2.8v1.8M10 15.4v1.8M2.8 10h1.8M15.4 10h1.8M4.9 4.9l1.3 1.3M13.8 13.8l1.3 1.3M4.9 15.1l1.3-1.3M13.8 6.2l1.3-1.3" />
    </>
  ),
  moon: <path d="M16.5 11.7A6.7 6.7 0 0 1 8.3 3.5a6.7 6.7 0 1 0 8.2 8.2z" />,
  out: <path d="M8 3.5H4.3a.8.8 0 0 0-.8.8v11.4a.8.8 0 0 0 .8.8H8M12.5 6.5 16 10l-3.5 3.5M16 10H8" />,
  next: <path d="m8 5 5 5-5 5" />,
  back: <path d="m12 5-5 5 5 5" />,
  plus: <path d="M10 4v12M4 10h12" />,
  close: <path d="m5 5 10 10M15 5 5 15" />,
  more: <path d="M4.5 10h.01M10 10h.01M15.5 10h.01" strokeWidth="2.5" />,
  warn: <path d="M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.2v.1" />,
  enter: <path d="M12 3.5h3.7a.8.8 0 0 1 .8.8v11.4a.8.8 0 0 1-.8.8H12M8 6.5 11.5 10 8 13.5M11.5 10H3.5" />,
  leave: <path d="M8 3.5H4.3a.8.8 0 0 0-.8.8v11.4a.8.8 0 0 0 .8.8H8M13 6.5 16.5 10 13 13.5M16.5 10h-8" />,
  retry: <path d="M16 10a6 6 0 1 1-1.8-4.3L16 7.5M16 3.8v3.7h-3.7" />,
  trash: <path d="M4 6h12M8 6V4h4v2M5.5 6l.8 10.5h7.4L14.5 6M8.5 9v5M11.5 9v5" />,
  copy: (
    <>
      <rect x="7" y="7" width="9.5" height="9.5" rx="1.5" />
      <path d="M13 7V4.5A1 1 0 0 0 12 3.5H4.5a1 1 0 0 0-1 1V12a1 1 0 0 0 1 1H7" />
    </>
  ),
  dot: <circle cx="10" cy="10" r="3" fill="currentColor" stroke="none" />,
  bag: <path d="M4.5 7h11l.8 9.5H3.7zM7.2 7a2.8 2.8 0 0 1 5.6 0" />,
  check: <path d="m4 10.5 4 4 8-9" />,
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof SHAPES

/** Decoration beside a text; a button that is only an icon needs an aria-label of its own. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {SHAPES[name]}
    </svg>
  )
}

/** Two who turn out to be one. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.4"
      aria-hidden="true"
    >
      <circle cx="8.8" cy="12" r="5.6" />
      <circle cx="15.2" cy="12" r="5.6" />
    </svg>
  )
}
