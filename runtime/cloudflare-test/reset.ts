/** Emptying everything that is stored. */
import { eventContext } from '../runner/io-context.ts'
import type { ResetTarget } from '../runner/reset.ts'
import { resetStored } from '../runner/reset.ts'
import { checkOptions } from './check-options.ts'

const IN_EVENT =
  'reset() was called on behalf of a handler or a Durable Object, which it would wait for, or cut off.\n' +
  '  help: call it in the test, or in a hook such as afterEach()'

interface ResetOptions {
  to?: ResetTarget
}

/** Empties all storage, or makes it what setup files left. */
export async function reset(options?: ResetOptions): Promise<void> {
  const to = options?.to ?? 'empty'
  checkOptions(options, ['to'])
  if (eventContext()) throw new Error(IN_EVENT)
  if (to !== 'empty' && to !== 'setup') throw new TypeError('options.to must be "empty" or "setup".')
  await resetStored(to)
}
