import { exports } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, errorOf } from '../contract.ts'
import { takeHandled } from '../workers/entrypoints.ts'

// Without the flag `service_binding_extra_handlers`, calls by the names of events are RPC. They reach the
// handler, and its argument is what was passed.
for (const event of ['scheduled', 'queue', 'tail', 'trace', 'tailStream', 'email', 'test']) {
  contract(`entrypoints: ${event}() reaches the function of an object`, async () => {
    expect(await exports.eventObject[event]({ cron: '* * * * *' })).toBe(`object ${event}`)
    expect(takeHandled()).toEqual([{ event, argument: { cron: '* * * * *' }, text: 'text' }])
  })

  contract(`entrypoints: ${event}() reaches the method of a class`, async () => {
    expect(await exports.EventClass[event]({ cron: '* * * * *' })).toBe(`class ${event}`)
    expect(takeHandled()).toEqual([{ event, argument: { cron: '* * * * *' }, text: 'text' }])
  })

  contract(`entrypoints: ${event}() is refused where nobody handles it`, async () => {
    expect(await errorOf(() => exports.NoMethods[event]({}))).toMatch(
      new RegExp(`^TypeError: Expected NoMethods export of \\S+ to define a \`${event}\\(\\)\` method$`),
    )
  })
}

contract('entrypoints: connect() reaches the method of a class', async () => {
  const socket = exports.Connecting.connect('example.com:1234')
  const writer = socket.writable.getWriter()
  await writer.write(new TextEncoder().encode('over a socket'))
  const { value } = await socket.readable.getReader().read()
  expect(new TextDecoder().decode(value)).toBe('over a socket')
  expect(takeHandled()).toEqual([{ event: 'connect' }])
})
