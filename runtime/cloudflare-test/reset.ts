/** Emptying everything that is stored. */
import type { ResetTarget } from '../runner/reset.ts'
import { resetStored } from '../runner/reset.ts'

interface ResetOptions {
  to?: ResetTarget
}

/** Empties all storage, or makes it what setup files left. */
export async function reset(options?: ResetOptions): Promise<void> {
  const to = options?.to ?? 'empty'
  if (to !== 'empty' && to !== 'setup') throw new TypeError('options.to must be "empty" or "setup".')
  await resetStored(to)
}
