// Neither `main` nor `cloudflare:test`, which imports it, is imported here: the first case loads the Worker.
import { exports } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract } from '../contract.ts'

const { Service } = exports

contract('entrypoints: calls that load the Worker begin in their order', async () => {
  await Promise.all([Service.begin('a', 20), Service.begin('b', 1), Service.begin('c', 1)])
  expect(await Service.takeBegun()).toEqual(['a', 'b', 'c'])
})
