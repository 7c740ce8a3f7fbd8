/** docs/benchmarks.md and its picture, made of bench/results.json. */
import { type Figure, meetsGoal } from './part.ts'

export type Conditions = {
  at: string
  cpus: number
  memoryGb: number
  node: string
  postgres: string
  fdatasyncP50Ms: number
  fdatasyncP99Ms: number
  /** One-minute load average before the first part: above a few tenths, others were at work. */
  load: number
}

const VERDICT = { true: 'met', false: '**missed**', undefined: '' } as const

/** One table for the terminal: columns by spaces. */
export function terminalTable(figures: readonly Figure[]): string {
  const rows = [
    ['figure', 'value', 'unit', 'goal', '', 'against', 'rows'],
    ...figures.map((figure) => [
      figure.name,
      number(figure.value),
      figure.unit,
      goal(figure),
      VERDICT[`${meetsGoal(figure)}`].replaceAll('*', ''),
      figure.against,
      number(figure.rows),
    ]),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function markdown(figures: readonly Figure[], conditions: Conditions): string {
  const { at, cpus, memoryGb, node, postgres, fdatasyncP50Ms, fdatasyncP99Ms, load } = conditions
  const missed = figures.filter((figure) => meetsGoal(figure) === false)
  return `# Benchmarks

Made by \`npm run bench\` (all parts) or \`npm run bench -- <part> ...\`; do not edit. bench/README.md says how a part is
written, bench/results.json holds the same figures for programs.

Ratios, not absolutes: both sides run in turns (A B A B ...) on the same server in the same minute, their answers are
compared before their times, and the figure is the quotient of the medians. The server keeps its promises: fsync,
synchronous_commit and full_page_writes are on.

Last run: ${at.slice(0, 16).replace('T', ' ')} UTC, ${cpus} CPUs, ${memoryGb} GB, Node ${node}, PostgreSQL ${postgres}. An fdatasync of 8 kB beside the
data took ${fdatasyncP50Ms.toFixed(2)} ms at the median, ${fdatasyncP99Ms.toFixed(2)} ms at the 99th percentile. The load average before it was ${load.toFixed(1)}.

| figure | value | unit | goal | | against | rows | measured |
|---|---:|---|---:|---|---|---:|---|
${figures.map(markdownRow).join('\n')}

![Each figure over its goal, on a logarithmic scale](benchmarks.svg)
${missed.length > 0 ? `\n## Missed, and what bounds them\n\n${missed.map(missedLine).join('\n')}\n` : ''}`
}

function markdownRow(figure: Figure): string {
  const { name, value, unit, against, rows, at } = figure
  const day = at.slice(0, 10)
  return `| \`${name}\` | ${number(value)} | ${unit} | ${goal(figure)} | ${VERDICT[`${meetsGoal(figure)}`]} | ${against} | ${number(rows)} | ${day} |`
}

function missedLine(figure: Figure): string {
  return `* \`${figure.name}\`: ${figure.bound ?? 'not yet understood.'}`
}

function goal({ goal, better }: Figure): string {
  if (goal === null) return ''
  return `${better === 'higher' ? '≥' : '≤'} ${number(goal)}`
}

/** Three digits that matter, thousands apart. */
function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  const exact = Number.isInteger(value) ? 0 : digits
  return value.toLocaleString('en', { minimumFractionDigits: exact, maximumFractionDigits: exact })
}

const WIDTH = 860
const NAMES = 290
const BAR = 14
const ROW = 22
const DECADES = 2

/** A bar per figure: how many times its goal it reaches (1 = just met), from a hundredth to a hundred times. */
export function svg(figures: readonly Figure[]): string {
  const judged = figures.filter((figure) => figure.goal !== null)
  const height = judged.length * ROW + 40
  const plot = WIDTH - NAMES - 70
  const x = (score: number) =>
    NAMES + (plot * (Math.log10(Math.min(Math.max(score, 0.01), 100)) + DECADES)) / (2 * DECADES)
  const bars = judged.map((figure, index) => {
    const score = times(figure)
    const [from, to] = [x(1), x(score)]
    const top = 10 + index * ROW
    const color = meetsGoal(figure) ? '#2e8b57' : '#c0392b'
    return `<text x="${NAMES - 8}" y="${top + 12}" text-anchor="end">${figure.name}</text>
<rect x="${Math.min(from, to).toFixed(1)}" y="${top}" width="${Math.max(Math.abs(to - from), 1).toFixed(1)}" height="${BAR}" fill="${color}"/>
<text x="${(Math.max(from, to) + 6).toFixed(1)}" y="${top + 12}">${number(score)} ×</text>`
  })
  const ticks = [0.01, 0.1, 1, 10, 100].map(
    (
      tick,
    ) => `<line x1="${x(tick)}" x2="${x(tick)}" y1="6" y2="${height - 26}" stroke="${tick === 1 ? '#333' : '#ddd'}"/>
<text x="${x(tick)}" y="${height - 10}" text-anchor="middle">${tick === 1 ? 'goal' : tick}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${ticks.join('\n')}
${bars.join('\n')}
</svg>
`
}

function times({ value, goal, better }: Figure): number {
  if (better === 'higher') return value / (goal || 1)
  // A goal of zero is either met or not.
  if (goal === 0) return value === 0 ? 1 : 0.01
  return goal! / value
}
