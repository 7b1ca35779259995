import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('static assets are served, in front of the Worker and to Pages Functions', async (make) => {
  const { code, output, report } = await make('assets').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(12)
})

testEachVersion('a project of assets alone has no Worker to ask', async (make) => {
  const project = make('assets')
  const file = 'wrangler.jsonc'
  project.write(
    file,
    project
      .read(file)
      .replace('"main": "src/index.ts",', '')
      .replace(/"run_worker_first".*\n/, ''),
  )
  project.write(
    'test/assets.test.ts',
    `import { SELF } from 'cloudflare:test'
    import { expect, test } from 'vitest'
    test('serves', async () => {
      expect(await (await SELF.fetch('http://x/')).text()).toBe('<h1>home</h1>\\n')
      expect((await SELF.fetch('http://x/nowhere')).status).toBe(404)
    })`,
  )
  const { code, output } = await project.run()
  expect(code, output).toBe(0)
})

testEachVersion('rules that Wrangler would refuse are refused', async (make) => {
  const project = make('assets')
  const file = 'wrangler.jsonc'
  project.write(file, project.read(file).replace('"/api/*"', '"api/*"'))
  const { code, output } = await project.run()
  expect(code).toBe(1)
  expect(output).toContain("help: use a path: rules must start with '/' or '!/'")
  project.write(file, project.read(file).replace('["api/*", "!/api/docs.html"]', '["!/api/docs.html"]'))
  const only = await project.run()
  expect(only.code).toBe(1)
  expect(only.output).toContain('Only negative `run_worker_first` rules were provided')
})
