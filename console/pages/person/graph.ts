/**
 * Where the nodes of a small graph are drawn: springs along its edges, repulsion between all, a pull to the middle. The
 * same graph always gets the same picture: it starts on a circle, not at random.
 */
export type Point = { x: number; y: number }
export type Edge = { from: string; to: string }

const STEPS = 220
const SPRING = 110
const STRETCH = 1.5

export function layout(nodes: readonly string[], edges: readonly Edge[], centre: string): Map<string, Point> {
  const places = new Map<string, Point>()
  const around = nodes.filter((node) => node !== centre)
  for (const [index, node] of around.entries()) {
    const angle = (2 * Math.PI * index) / Math.max(around.length, 1) - Math.PI / 2
    places.set(node, { x: 1.6 * SPRING * Math.cos(angle), y: SPRING * Math.sin(angle) })
  }
  if (nodes.includes(centre)) places.set(centre, { x: 0, y: 0 })

  for (let step = 0; step < STEPS; step++) {
    const heat = 1 - step / STEPS
    const moves = new Map(nodes.map((node) => [node, { x: 0, y: 0 }]))
    for (const [index, a] of nodes.entries())
      for (const b of nodes.slice(index + 1)) push(places.get(a)!, places.get(b)!, moves.get(a)!, moves.get(b)!)
    for (const { from, to } of edges) {
      const [a, b] = [places.get(from), places.get(to)]
      if (a && b) pull(a, b, moves.get(from)!, moves.get(to)!)
    }
    for (const node of nodes) {
      if (node === centre) continue
      const [place, move] = [places.get(node)!, moves.get(node)!]
      const far = Math.hypot(move.x, move.y) || 1
      const most = Math.min(far, 14 * heat)
      place.x += (move.x / far) * most
      place.y += (move.y / far) * most
    }
  }
  // Names are written below the nodes, and are wider than they are high.
  for (const place of places.values()) place.x *= STRETCH
  return places
}

function push(a: Point, b: Point, moveA: Point, moveB: Point): void {
  const dx = a.x - b.x || 0.01
  const dy = a.y - b.y || 0.01
  const squared = Math.max(dx * dx + dy * dy, 1)
  const force = (SPRING * SPRING * 0.5) / squared / Math.sqrt(squared)
  moveA.x += dx * force
  moveA.y += dy * force
  moveB.x -= dx * force
  moveB.y -= dy * force
}

function pull(a: Point, b: Point, moveA: Point, moveB: Point): void {
  const dx = b.x - a.x
  const dy = b.y - a.y
  const distance = Math.hypot(dx, dy) || 1
  const force = ((distance - SPRING) / distance) * 0.3
  moveA.x += dx * force
  moveA.y += dy * force
  moveB.x -= dx * force
  moveB.y -= dy * force
}
