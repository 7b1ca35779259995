/**
 * Calls to Durable Objects that the end of a frame cuts off. They reject, and those that nobody awaits would
 * fail the run as unhandled rejections. Whoever does await one gets the error.
 */

/** What the runtime says to callers of an object that was reset with all others. */
const CUT_OFF = 'Application called abortAllDurableObjects().'

/** Once, before anybody else listens. */
export function ignoreCutOffCalls(): void {
  const target = globalThis as unknown as EventTarget
  target.addEventListener('unhandledrejection', (event) => {
    const { reason } = event as Event & { reason: unknown }
    if (!(reason instanceof Error) || reason.message !== CUT_OFF) return
    event.preventDefault()
    event.stopImmediatePropagation()
  })
}
