/** What the host told this isolate at its start. */
import { claim } from './privileged.ts'

export const facts = claim('runner')
