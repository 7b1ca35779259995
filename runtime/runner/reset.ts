/** Emptying everything that is stored, at a test's request. It is undone with the test's frame, if it has one. */
import { inFrameOrder } from './frames.ts'
import { inRunnerObject } from './io-context.ts'
import { resetObjects } from './objects/frames.ts'
import { ask } from './transport.ts'
import { drain } from './wait-until.ts'
import { resetWorkflows } from './workflows/state-frames.ts'

/** What a reset leaves: nothing, or what setup files and the modules of the test file have stored. */
export type ResetTarget = 'empty' | 'setup'

/** Resets what is stored. Waits for background work first, which would store more. */
export function resetStored(target: ResetTarget): Promise<void> {
  return inRunnerObject(() =>
    inFrameOrder(async () => {
      await drain(' before reset()')
      const toMark = target === 'setup'
      await resetObjects({ toMark })
      resetWorkflows({ toMark })
      await ask({ op: 'reset', toMark })
    }),
  )
}
