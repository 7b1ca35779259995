import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('bindings lead to the Worker itself, to functions in Node and to servers', async (make) => {
  const { code, output, report } = await make('services').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(11)
})

testEachVersion('in an environment, the Worker has its name with and without the suffix', async (make) => {
  const project = make('services')
  project.env['CLOUDFLARE_ENV'] = 'staging'
  project.write(
    'test/services.test.ts',
    `import { env } from 'cloudflare:test'
    import { expect, test } from 'vitest'
    test.each(['BY_BASE', 'BY_FULL', 'BY_ENVIRONMENT'])('%s', async (name) => {
      expect(await (await env[name].fetch('http://x/a')).text()).toBe('main /a')
    })`,
  )
  const { code, output, report } = await project.run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(3)
})

testEachVersion('a binding to a Worker that is not there says so before any test', async (make) => {
  const project = make('services')
  const config = project.read('vitest.config.ts')
  project.write('vitest.config.ts', config.replace('AUTH: answer', 'OTHER: answer'))
  const { code, output } = await project.run()
  expect(code).toBe(1)
  expect(output).toContain(
    'the service binding `AUTH` refers to the Worker `deployed-elsewhere`, which is not there',
  )
  expect(output).toContain('help: add its Wrangler file to `auxiliaryWorkers` or its built code')
})
