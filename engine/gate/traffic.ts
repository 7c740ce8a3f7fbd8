/** Traffic that is no customer's: machines, and the tenant's own people. */
import { BlockList, isIP } from 'node:net'
import { isbot } from 'isbot'
import { type GateSettings, readNetwork } from './settings.ts'

export type Traffic = 'bot' | 'internal'

/** What is known of who sent an event. */
export type Sender = { ip: string | null; userAgent: string | null; userId: string | null; email: string | null }

const MOST_REMEMBERED = 1000
const LONGEST_AGENT = 1000
/** By user agent: the few that send most are asked about once, and not per event (2 us). */
const remembered = new Map<string, boolean>()

export function isMachine(userAgent: string): boolean {
  const agent = userAgent.slice(0, LONGEST_AGENT)
  let answer = remembered.get(agent)
  if (answer === undefined) {
    answer = isbot(agent)
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    remembered.set(agent, answer)
  }
  return answer
}

export class InternalTraffic {
  readonly #networks = new BlockList()
  readonly #users: ReadonlySet<string>
  readonly #domains: ReadonlySet<string>

  constructor(settings: Pick<GateSettings, 'internalNetworks' | 'internalUsers' | 'internalDomains'>) {
    for (const text of settings.internalNetworks) {
      const network = readNetwork(text)
      if (network) this.#networks.addSubnet(network.address, network.bits, network.family)
    }
    this.#users = new Set(settings.internalUsers)
    this.#domains = new Set(settings.internalDomains)
  }

  has({ ip, userId, email }: Sender): boolean {
    if (userId !== null && (this.#users.has(userId) || this.#isOurs(userId))) return true
    if (email !== null && (this.#users.has(email) || this.#isOurs(email))) return true
    const version = ip === null ? 0 : isIP(ip)
    return version !== 0 && this.#networks.check(ip!, version === 4 ? 'ipv4' : 'ipv6')
  }

  #isOurs(address: string): boolean {
    const at = address.lastIndexOf('@')
    return at > 0 && this.#domains.has(address.slice(at + 1).toLowerCase())
  }
}
