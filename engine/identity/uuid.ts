import { randomFillSync } from 'node:crypto'

let last = 0n

/** RFC 9562 version 7, and growing within this process also inside one millisecond: the older profile has the smaller id. */
export function uuidv7(): string {
  const bytes = randomFillSync(Buffer.alloc(16))
  // 48 bits of milliseconds and 12 of a counter that starts anew each millisecond.
  const now = BigInt(Date.now()) << 12n
  last = now > last ? now : last + 1n
  bytes.writeUIntBE(Number(last >> 12n), 0, 6)
  bytes.writeUInt16BE(0x7000 | Number(last & 0xfffn), 6)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
