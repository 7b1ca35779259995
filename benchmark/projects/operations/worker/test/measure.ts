/**
 * A loop lasts at least so long. The clock of the runtime stands still between two arrivals of data, and
 * counts whole milliseconds: of a single operation it says nothing, of a loop it is exact to 1 %.
 */
const LOOP_MS = 150

/** Loops of each kind that count, after one that does not. */
const LOOPS = 3

type Operation = (n: number) => Promise<unknown>

interface Loop {
  operations: number
  ms: number
}

/**
 * Measures an operation, one after another and `inFlight` at a time. The result goes to the JSON report as
 * the test's `meta`, which both pools carry.
 */
export async function measure(
  task: { meta: object },
  operation: Operation,
  { inFlight = 16 } = {},
): Promise<void> {
  const sequential = await loops(operation, 1)
  const concurrent = await loops(operation, inFlight)
  Object.assign(task.meta, { measured: { inFlight, sequential, concurrent } })
}

async function loops(operation: Operation, inFlight: number): Promise<Loop[]> {
  const all: Loop[] = []
  for (let count = 0; count <= LOOPS; count++) all.push(await loop(operation, inFlight))
  return all.slice(1)
}

async function loop(operation: Operation, inFlight: number): Promise<Loop> {
  let operations = 0
  const start = performance.now()
  const lane = async () => {
    while (performance.now() - start < LOOP_MS) await operation(operations++)
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return { operations, ms: performance.now() - start }
}
