/**
 * What resolve() should come to, said as simply as it can be said: lists, scans, one person after the other. For tests
 * only; it shares no code with partition.ts.
 */
export type OracleEvent = {
  id: string
  at: string
  ids: Record<string, string>
  traits?: Record<string, unknown>
  previousId?: string
}

type OracleProfile = { names: Set<string>; retired: Set<string>; first: string; last: string }

const ORDER = ['user_id', 'contact', 'lead', 'email', 'phone', 'anonymous_id']
const MAX: Record<string, number> = { user_id: 1, contact: 10, lead: 20, email: 10, phone: 10, anonymous_id: 500 }

export class Oracle {
  profiles: OracleProfile[] = []
  /** Per identifier, everything ever said of it. */
  private readonly said = new Map<string, OracleEvent[]>()

  see(event: OracleEvent): void {
    const names = ORDER.filter((type) => event.ids[type] !== undefined).map((type) => `${type}:${event.ids[type]}`)
    let mine: OracleProfile | undefined
    let fresh = false
    for (const name of names) {
      const its = this.find(name)
      if (!mine) {
        mine = its ?? this.born(name, event.at)
        fresh = !its
      } else if (!its) {
        if (this.fits(mine, [name])) mine.names.add(name)
        else this.born(name, event.at)
      } else if (
        its !== mine &&
        this.fits(
          mine,
          [...its.names].filter((other) => !its.retired.has(other)),
        )
      ) {
        mine = fresh ? this.become(its, mine) : this.become(mine, its)
        fresh = false
      }
    }
    for (const name of names) this.stretch(this.find(name)!, event.at)
    if (event.traits) this.said.set(names[0]!, [...(this.said.get(names[0]!) ?? []), event])
    if (event.previousId !== undefined) this.alias(`user_id:${event.ids.user_id}`, event)
  }

  private alias(name: string, { previousId, at }: OracleEvent): void {
    for (const old of [`user_id:${previousId}`, `anonymous_id:${previousId}`]) {
      const mine = this.find(name)!
      const its = this.find(old)
      if (old === name) continue
      if (!its) {
        mine.names.add(old)
        this.stretch(mine, at)
      } else if (its !== mine) this.become(mine, its)
      if (old.startsWith('user_id:')) mine.retired.add(old)
    }
  }

  private find(name: string): OracleProfile | undefined {
    return this.profiles.find((profile) => profile.names.has(name))
  }

  private born(name: string, at: string): OracleProfile {
    const profile = { names: new Set([name]), retired: new Set<string>(), first: at, last: at }
    this.profiles.push(profile)
    return profile
  }

  private fits(profile: OracleProfile, more: string[]): boolean {
    const counted = [...profile.names].filter((name) => !profile.retired.has(name))
    return ORDER.every((type) => {
      const added = more.filter((name) => name.startsWith(`${type}:`)).length
      return added === 0 || added + counted.filter((name) => name.startsWith(`${type}:`)).length <= MAX[type]!
    })
  }

  private become(into: OracleProfile, from: OracleProfile): OracleProfile {
    for (const name of from.names) into.names.add(name)
    for (const name of from.retired) into.retired.add(name)
    this.stretch(into, from.first)
    this.stretch(into, from.last)
    this.profiles = this.profiles.filter((profile) => profile !== from)
    return into
  }

  private stretch(profile: OracleProfile, at: string): void {
    if (at < profile.first) profile.first = at
    if (at > profile.last) profile.last = at
  }

  /** Comparable: every profile with its names, span and traits, in a fixed order. */
  state() {
    const states = this.profiles.map((profile) => {
      const said = [...profile.names].flatMap((name) => this.said.get(name) ?? [])
      said.sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1))
      const traits: Record<string, unknown> = {}
      for (const event of said) Object.assign(traits, event.traits)
      for (const [trait, value] of Object.entries(traits)) if (value === null) delete traits[trait]
      return { names: [...profile.names].sort(), first: profile.first, last: profile.last, traits }
    })
    return states.sort((a, b) => (a.names[0]! < b.names[0]! ? -1 : 1))
  }
}
