import { expect, test } from 'vitest'

import { hostOf, isLoopback, refusal } from './refusal.ts'

test.each([
  ['localhost', true],
  ['LOCALHOST', true],
  ['api.localhost', true],
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['[::1]', true],
  ['::1', true],
  ['example.com', false],
  ['localhost.example.com', false],
  ['127.0.0.1.example.com', false],
  ['mylocalhost', false],
  ['10.0.0.1', false],
  ['[::2]', false],
  ['', false],
])('%s is this machine: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})

test.each([
  ['localhost:5432', 'localhost'],
  ['[::1]:5432', '[::1]'],
  ['::1:5432', '::1'],
  ['localhost', 'localhost'],
  ['localhost:', 'localhost'],
])('the host of %s is %s', (address, expected) => {
  expect(hostOf(address)).toBe(expected)
})

test('a refusal says what, why, and what to do', () => {
  expect(refusal('GET https://a.example/', 'none', 'mock it')).toMatchInlineSnapshot(`
    "GET https://a.example/ was refused: nothing mocks it, and workers({ network: 'none' }) refuses the network
      help: mock it, or allow it with \`network: 'all'\`"
  `)
  expect(refusal('GET https://a.example/', 'loopback', 'mock it')).toMatchInlineSnapshot(`
    "GET https://a.example/ was refused: nothing mocks it, and workers({ network: 'loopback' }) refuses all of the network but this machine
      help: mock it, or allow it with \`network: 'all'\`"
  `)
})
