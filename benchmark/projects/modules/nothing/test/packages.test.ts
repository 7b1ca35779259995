import { expect, it } from 'vitest'

it('has imported nothing', () => {
  expect(1).toBe(1)
})
