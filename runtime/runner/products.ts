/** Bindings of smaller products, by what they are: tests may put others in their place in `env`. */
import { facts } from './facts.ts'
import { claim } from './privileged.ts'

const stores = claim('secrets')
const bySecret = new WeakMap<object, { store: KVNamespace; secretName: string }>()
const byWriter = new WeakMap<object, string>()
const points = new Map<string, number>()

/** Limits of Analytics Engine. What exceeds them is not sent, and nobody hears of it. */
const INDEXES_MAX = 1
const INDEX_BYTES_MAX = 96
const FIELDS_MAX = 20
const BLOBS_BYTES_MAX = 16_000

/** Remembers the bindings, before user code can replace them. */
export function registerProducts(bindings: Record<string, unknown>): void {
  for (const { binding, storeId, secretName } of facts.secrets) {
    bySecret.set(bindings[binding] as object, { store: stores.get(storeId)!, secretName })
  }
  for (const { binding, log } of facts.logs) {
    const writer = bindings[binding] as object
    byWriter.set(writer, log)
    if (log.startsWith('analytics/')) countPoints(writer as AnalyticsEngineDataset, log)
  }
}

export function secretsOf(binding: unknown): { store: KVNamespace; secretName: string } | undefined {
  return typeof binding === 'object' && binding ? bySecret.get(binding) : undefined
}

export function logOf(binding: unknown): string | undefined {
  return typeof binding === 'object' && binding ? byWriter.get(binding) : undefined
}

/** Data points that this isolate has written to a log, and that the host gets sooner or later. */
export function pointsWritten(log: string): number {
  return points.get(log) ?? 0
}

function countPoints(dataset: AnalyticsEngineDataset, log: string): void {
  const { writeDataPoint } = dataset
  Object.defineProperty(dataset, 'writeDataPoint', {
    value: (...args: [AnalyticsEngineDataPoint?]) => {
      writeDataPoint.apply(dataset, args)
      if (isSent(args[0] ?? {})) points.set(log, pointsWritten(log) + 1)
    },
    writable: true,
    configurable: true,
  })
}

function isSent({ indexes = [], doubles = [], blobs = [] }: AnalyticsEngineDataPoint): boolean {
  const size = (field: ArrayBuffer | string | null): number =>
    typeof field === 'string' ? new TextEncoder().encode(field).byteLength : (field?.byteLength ?? 0)
  return (
    indexes.length <= INDEXES_MAX &&
    indexes.every((index) => size(index) <= INDEX_BYTES_MAX) &&
    doubles.length <= FIELDS_MAX &&
    blobs.length <= FIELDS_MAX &&
    blobs.reduce((total, blob) => total + size(blob), 0) <= BLOBS_BYTES_MAX
  )
}
