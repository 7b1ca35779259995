/** What Workers have written, and only tests can read: data points of Analytics Engine, and emails. */
import { logOf, pointsWritten } from '../runner/products.ts'
import { ask } from '../runner/transport.ts'

// Captured: tests replace it.
const { setTimeout: nativeSetTimeout } = globalThis

/** A data point is on its way for less. What was not counted, or got lost, is not waited for any longer. */
const ARRIVAL_LIMIT_MS = 1000

interface Log {
  arrived: number
  records: unknown[]
}

async function read(log: string): Promise<Log> {
  return JSON.parse((await ask({ op: 'readLog', log }))!) as Log
}

function logNamed(helper: string, product: string, binding: unknown): string {
  const log = typeof binding === 'string' ? `${product}/${binding}` : logOf(binding)
  if (log?.startsWith(`${product}/`)) return log
  const what = product === 'email' ? 'a binding that sends emails' : 'an Analytics Engine dataset'
  throw new TypeError(`Failed to execute '${helper}': parameter 1 is not ${what}.`)
}

/** Emails that a binding has sent, oldest first. */
export async function listSentEmails(binding: unknown): Promise<unknown[]> {
  return (await read(logNamed('listSentEmails', 'email', binding))).records
}

/** A data point as workerd sends it. */
interface WirePoint {
  timestamp: string
  index1?: number[]
  [field: string]: unknown
}

/** Data points of a dataset, oldest first; those of one millisecond are in any order. */
export async function listDataPoints(binding: unknown): Promise<unknown[]> {
  const log = logNamed('listDataPoints', 'analytics', binding)
  // workerd sends them some time after the call.
  const end = performance.now() + ARRIVAL_LIMIT_MS
  for (;;) {
    const { arrived, records } = await read(log)
    if (arrived >= pointsWritten(log) || performance.now() > end) {
      // They travel apart from each other, and one may overtake another.
      return (records as WirePoint[]).toSorted(byTime).map(pointOf)
    }
    await new Promise((resolve) => nativeSetTimeout(resolve, 1))
  }
}

function byTime(left: WirePoint, right: WirePoint): number {
  return left.timestamp.length - right.timestamp.length || (left.timestamp < right.timestamp ? -1 : 1)
}

function pointOf(point: WirePoint): object {
  const fields = (name: string): unknown[] =>
    Array.from({ length: 20 }, (_, index) => point[`${name}${index + 1}`])
  return {
    timestamp: new Date(Number(point.timestamp.slice(0, -6))),
    indexes: point.index1?.length ? [textOf(point.index1)] : [],
    // All of them are sent; what was not written is 0.
    doubles: withoutEnd(fields('double'), 0),
    blobs: withoutEnd(fields('blob'), undefined).map((blob) => (blob ? textOf(blob as number[]) : null)),
  }
}

function withoutEnd(fields: unknown[], absent: unknown): unknown[] {
  return fields.slice(0, fields.findLastIndex((field) => field !== absent) + 1)
}

/** Text if it is some, and bytes otherwise. */
function textOf(bytes: number[]): string | ArrayBuffer {
  const buffer = Uint8Array.from(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer)
  } catch {
    return buffer.buffer
  }
}
