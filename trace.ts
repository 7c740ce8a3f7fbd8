/**
 * OpenTelemetry traces, sent as OTLP over HTTP in JSON. Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set: then nothing has a
 * span, nothing is written into the log, and what is left of it costs a comparison. What is told of a span is what it did and
 * how much of it: counts, routes, tasks; nothing that names a person or a tenant.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { config, SECOND } from './config.ts'
import { log } from './log.ts'

/** `00-<trace>-<span>-01` of W3C Trace Context. Only what is sampled has one. */
export type TraceContext = string

type Attributes = Record<string, string | number>
type SpanOptions = {
  parent?: TraceContext
  /** What it is done for, when that may be many: of one it is the child, of several it begins a trace that points to each. */
  links?: readonly TraceContext[]
  kind?: keyof typeof KINDS
  attributes?: Attributes
}

const KINDS = { internal: 1, server: 2, producer: 4, consumer: 5 }
const CONTEXT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const SEND_EVERY_MS = 1 * SECOND
const LONGEST_SEND_MS = 5 * SECOND
const MOST_WAITING = 4096
const MOST_LINKS = 100

export class Span {
  readonly context: TraceContext
  readonly #name: string
  readonly #options: SpanOptions
  readonly #traceId: string
  readonly #id = randomBytes(8).toString('hex')
  readonly #began = now()
  #over = false

  constructor(name: string, options: SpanOptions) {
    this.#name = name
    this.#options = options
    this.#traceId = options.parent ? partsOf(options.parent)!.traceId : randomBytes(16).toString('hex')
    this.context = `00-${this.#traceId}-${this.#id}-01`
  }

  /** Once; `error` tells that it failed, and of which kind. */
  end(attributes: Attributes = {}, error?: unknown): void {
    if (this.#over) return
    this.#over = true
    const { parent, links = [], kind = 'internal' } = this.#options
    const failed: Attributes = error === undefined ? {} : { 'error.type': kindOf(error) }
    sender?.add({
      traceId: this.#traceId,
      spanId: this.#id,
      ...(parent && { parentSpanId: partsOf(parent)!.spanId }),
      name: this.#name,
      kind: KINDS[kind],
      startTimeUnixNano: this.#began,
      endTimeUnixNano: now(),
      attributes: keyValues({ ...this.#options.attributes, ...attributes, ...failed }),
      links: links.slice(0, MOST_LINKS).map((link) => partsOf(link)!),
      status: error === undefined ? {} : { code: 2 },
    })
  }
}

/** Begins a trace, or goes on with that of the caller, as the header `traceparent` says. */
export function startTrace(
  name: string,
  header: string | string[] | undefined,
  attributes: Attributes,
): Span | undefined {
  if (!sender) return undefined
  const caller = typeof header === 'string' ? partsOf(header) : undefined
  if (!caller) return beginTrace(name, { kind: 'server', attributes })
  return caller.sampled ? new Span(name, { kind: 'server', attributes, parent: header as string }) : undefined
}

/** Of what nobody has asked for, such as a timer, or what came by SQL. */
export function beginTrace(name: string, options: Pick<SpanOptions, 'kind' | 'attributes'>): Span | undefined {
  return sender && Math.random() < sender.ratio ? new Span(name, options) : undefined
}

/** Of what is traced already; undefined of anything else. */
export function startSpan(name: string, { links = [], ...options }: SpanOptions): Span | undefined {
  if (!sender) return undefined
  const distinct = [...new Set(links)].filter((link) => partsOf(link))
  const parent = options.parent ?? (distinct.length === 1 ? distinct[0] : undefined)
  if ((parent && !partsOf(parent)) || (!parent && distinct.length === 0)) return undefined
  return new Span(name, { ...options, parent, links: distinct.length > 1 ? distinct : [] })
}

const current = new AsyncLocalStorage<TraceContext>()

/** Does `work` as part of the span, and ends it. */
export async function within<T>(span: Span | undefined, work: () => Promise<T>): Promise<T> {
  if (!span) return work()
  try {
    const result = await current.run(span.context, work)
    span.end()
    return result
  } catch (error) {
    span.end({}, error)
    throw error
  }
}

/** The same for what ends by itself. */
export function inTrace<T>({ context }: Span, work: () => T): T {
  return current.run(context, work)
}

export function currentTrace(): TraceContext | undefined {
  return sender && current.getStore()
}

type Target = { endpoint: string; ratio?: number; headers?: string }

class Sender {
  readonly ratio: number
  readonly #url: string
  readonly #headers: Record<string, string>
  #waiting: object[] = []
  #timer: NodeJS.Timeout | undefined
  #complained = false

  constructor({ endpoint, ratio = 1, headers = '' }: Target) {
    this.ratio = ratio
    this.#url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
    this.#headers = Object.fromEntries(
      headers
        .split(',')
        .filter((pair) => pair.includes('='))
        .map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()]),
    )
  }

  add(span: object): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(span)
    this.#timer ??= setTimeout(() => void this.send(), SEND_EVERY_MS).unref()
  }

  /** A collector that is away costs its spans, and nothing else. */
  async send(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const spans = this.#waiting.splice(0)
    if (spans.length === 0) return
    const resource = { attributes: keyValues({ 'service.name': config.OTEL_SERVICE_NAME }) }
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'kith' }, spans }] }] })
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.#headers },
        body,
        signal: AbortSignal.timeout(LONGEST_SEND_MS),
      })
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`The collector answers ${response.status}.`)
      this.#complained = false
    } catch (error) {
      if (!this.#complained) log.warn('traces are lost', { spans: spans.length, error: error as Error })
      this.#complained = true
    }
  }
}

let sender: Sender | undefined
if (config.OTEL_EXPORTER_OTLP_ENDPOINT) {
  traceTo({
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    ratio: config.OTEL_TRACES_SAMPLER_ARG,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS,
  })
}

/** Where spans go from now on; nowhere without a target. */
export function traceTo(target?: Target): void {
  sender = target && new Sender(target)
}

/** Before the process ends. */
export async function flushTraces(): Promise<void> {
  await sender?.send()
}

function partsOf(context: TraceContext): { traceId: string; spanId: string; sampled: boolean } | undefined {
  const [, traceId, spanId, flags] = CONTEXT.exec(context) ?? []
  if (!traceId || !spanId || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags!, 16) & 1) === 1 }
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(Math.round(value)) } : { stringValue: value },
  }))
}

/** Its code or class: a message may quote what somebody sent. */
function kindOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown'
}

function now(): string {
  return String(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n)
}
