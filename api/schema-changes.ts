/** Says within this process that a tenant's fields have changed, so that its next request sees them; others look every so often. */
const changes = new Map<string, number>()
let count = 0

export function modelChanged(tenantId: string): void {
  changes.set(tenantId, ++count)
}

export function changesOf(tenantId: string): number {
  return changes.get(tenantId) ?? 0
}
