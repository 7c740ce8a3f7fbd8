import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const text = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
const known = new Set([...text('docs/metrics.md').matchAll(/^\| `(kith_\w+)`/gm)].map((match) => match[1]!))

it.each(['docker/metrics/alerts.yml', 'docker/metrics/grafana/kith.json'])(
  '%s names only metrics that there are',
  (file) => {
    // A histogram's buckets, sum and count go by its name.
    const named = [...text(file).matchAll(/\bkith_\w+/g)].map((match) => match[0].replace(/_(bucket|sum|count)$/, ''))
    expect(named.length).toBeGreaterThan(5)
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([])
  },
)

it.each(['docker/metrics/alerts.yml', 'docker/metrics/grafana/kith.json'])(
  '%s asks for no label that its metrics do not have',
  (file) => {
    const labels = new Map(
      [...text('docs/metrics.md').matchAll(/^\| `(kith_\w+)` \| (.*?) \|/gm)].map((match) => [
        match[1]!,
        [...match[2]!.matchAll(/\w+/g)].map(String),
      ]),
    )
    const asked = [...text(file).matchAll(/"?expr"?: (.*)/g)].flatMap(([, expression]) => {
      const plain = expression!.replaceAll('\\"', '"')
      const metrics = [...plain.matchAll(/\bkith_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))
      const named = [...plain.matchAll(/(?:[{,]\s*)(\w+)\s*(?:=|!)/g)].map((match) => match[1]!)
      const grouped = [...plain.matchAll(/\bby \(([^)]*)\)/g)].flatMap((match) => match[1]!.split(/,\s*/))
      return metrics.flatMap((metric) => [...named, ...grouped].map((label) => ({ metric, label })))
    })
    expect(asked.length).toBeGreaterThan(1)
    expect(asked.filter(({ metric, label }) => label !== 'le' && !labels.get(metric)?.includes(label))).toEqual([])
  },
)

it('keeps every alarm of docs/metrics.md', () => {
  const alarms = [...text('docs/metrics.md').matchAll(/^\| `(.*?)`(?: for .*?)? \| /gm)]
    .map((match) => match[1]!)
    .filter((expression) => /[<>=]/.test(expression))
  expect(alarms.length).toBeGreaterThan(5)
  expect(alarms.filter((expression) => !text('docker/metrics/alerts.yml').includes(expression))).toEqual([])
})
