import { reset } from 'cloudflare:test'
import { afterEach } from 'vitest'

afterEach(reset)
