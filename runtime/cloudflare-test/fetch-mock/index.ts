/** `fetchMock`: one agent for the isolate, in front of the network only while it is active. */
import { beforeEachFile } from '../../runner/file-start.ts'
import { interceptFetch } from '../../runner/outbound-fetch.ts'
import { MockAgent } from './agent.ts'

export const fetchMock = new MockAgent({ interceptFetch, beforeEachFile })
