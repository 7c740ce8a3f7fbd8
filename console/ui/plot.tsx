/** Lines over time, by uPlot, whose code is loaded when a page first draws one. */
import { useEffect, useRef } from 'react'
import type uPlot from 'uplot'

export type Line = { name: string; color: string; values: (number | null)[]; fill?: boolean }

type Props = {
  label: string
  /** Unix seconds, ascending. */
  times: number[]
  lines: Line[]
  format?(value: number): string
  height?: number
}

export default function Plot({ label, times, lines, format = String, height = 160 }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData
  const latest = useRef(data)
  latest.current = data
  const names = lines.map(({ name, color }) => `${name} ${color}`).join()

  useEffect(() => {
    const element = box.current!
    let gone = false
    const dark = window.matchMedia('(prefers-color-scheme: dark)')
    const draw = async () => {
      const [{ default: UPlot }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')])
      if (gone) return
      plot.current?.destroy()
      plot.current = new UPlot(options(element, lines, format, height), latest.current, element)
    }
    void draw()
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }))
    sizes.observe(element)
    // Canvas knows no CSS variables: other colours, another picture.
    const themes = new MutationObserver(() => void draw())
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
    const onScheme = () => void draw()
    dark.addEventListener('change', onScheme)
    return () => {
      gone = true
      sizes.disconnect()
      themes.disconnect()
      dark.removeEventListener('change', onScheme)
      plot.current?.destroy()
      plot.current = undefined
    }
    // The lines' values go in below; only another set of lines is another plot.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [names, height])

  useEffect(() => {
    plot.current?.setData(data)
  })

  return (
    <figure className="plot">
      <div ref={box} role="img" aria-label={label} style={{ minHeight: height }} />
      <figcaption>
        {lines.map(({ name, color, values }) => (
          <span key={name}>
            <i style={{ background: `var(${color})` }} /> {name} <b className="number">{latestOf(values, format)}</b>
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

function latestOf(values: (number | null)[], format: (value: number) => string): string {
  const value = values.findLast((one) => one !== null)
  return value === undefined || value === null ? '–' : format(value)
}

function options(
  element: HTMLElement,
  lines: Line[],
  format: (value: number) => string,
  height: number,
): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string) => resolve(element, name)
  const axis = { stroke: color('--ink-3'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } }
  const font = `11px ${style.fontFamily}`
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8, 6, 0, 0],
    axes: [
      { ...axis, font, size: 26, values: (_plot, splits) => splits.map(whenOf(splits)), space: 70 },
      { ...axis, font, size: 56, values: (_plot, splits) => splits.map((value) => format(value)) },
    ],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.15)] } },
    series: [
      {},
      ...lines.map(({ name, color: stroke, fill }) => ({
        label: name,
        stroke: color(stroke),
        width: 1.6,
        fill: fill ? `color-mix(in srgb, ${color(stroke)} 14%, transparent)` : undefined,
        points: { show: false },
      })),
    ],
  }
}

/** The colour that a variable stands for now, light or dark. */
function resolve(element: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  element.append(probe)
  const found = getComputedStyle(probe).color
  probe.remove()
  return found
}

const TWO_DAYS = 2 * 24 * 60 * 60

/** The time of day, or where they span days, the day. */
function whenOf(splits: number[]): (seconds: number) => string {
  if ((splits.at(-1) ?? 0) - (splits[0] ?? 0) < TWO_DAYS) return clock
  return (seconds) => new Date(seconds * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}
