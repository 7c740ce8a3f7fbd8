import type { ReactNode } from 'react'
import { number } from './format.ts'

export type Bar = { at: number; value: number }

type Props = { bars: Bar[]; label: string; caption?: ReactNode; height?: number }

const WIDTH = 600
const GAP = 2

/** A series over time, as bars that share one scale. The last one is still growing, and paler. */
export function Bars({ bars, label, caption, height = 96 }: Props) {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  const step = WIDTH / Math.max(bars.length, 1)
  return (
    <figure className="bars">
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
        style={{ height }}
      >
        {bars.map(({ at, value }, index) => {
          const size = value === 0 ? 1 : Math.max(2, (value / most) * height)
          return (
            <rect
              key={at}
              className={value === 0 ? 'zero' : index === bars.length - 1 ? 'growing' : ''}
              x={index * step + GAP / 2}
              y={height - size}
              width={Math.max(step - GAP, 1)}
              height={size}
              rx="1"
            >
              <title>{`${new Date(at).toLocaleTimeString('en-GB')}: ${number(value)}`}</title>
            </rect>
          )
        })}
      </svg>
      {caption && <figcaption>{caption}</figcaption>}
    </figure>
  )
}
