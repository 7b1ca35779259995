/**
 * Names that `main` exports. workerd wants to know them when it starts, and TypeScript has to be
 * transformed before it can be read: Vite does that, and would do it for the first test anyway.
 */
import { pathToFileURL } from 'node:url'
import type { TestProject } from 'vitest/node'

type Ast = { type: string; [key: string]: unknown }
type ParseAst = (code: string) => { body: Ast[] }

/**
 * Finds the exports, through `export *` of the user's own files and of packages. Throws what Vite throws on
 * a file of the user's that it cannot transform.
 */
export async function findExports(project: TestProject, distPath: string, main: string): Promise<string[]> {
  // The user's own Vite: `vitest/node` re-exports its parser, whatever that is made of.
  const { parseAst } = (await import(pathToFileURL(`${distPath}/node.js`).href)) as { parseAst: ParseAst }
  const environment = project.vite.environments.ssr
  const names = new Set<string>()
  const seen = new Set<string>()
  const pending = [main]
  for (let url = pending.pop(); url !== undefined; url = pending.pop()) {
    if (seen.has(url)) continue
    seen.add(url)
    const result = await transform(environment, url)
    if (!result) continue
    const { named, all } = readSsrExports(parseAst(result.code))
    for (const name of named) names.add(name)
    for (const specifier of all) {
      const target = await resolve(environment, specifier, url)
      if (target) pending.push(target)
    }
  }
  names.delete('__esModule')
  return [...names].sort()
}

type Environment = TestProject['vite']['environments']['ssr']

/** A package may hold what Vite cannot transform. The runtime loads it without Vite, and may well succeed. */
async function transform(environment: Environment, url: string): Promise<{ code: string } | null> {
  try {
    return await environment.transformRequest(url)
  } catch (error) {
    if (url.includes('/node_modules/')) return null
    throw error
  }
}

/** What Vite loads for a specifier of its own making, or of the user's; nothing if it leaves that alone. */
async function resolve(
  environment: Environment,
  specifier: string,
  url: string,
): Promise<string | undefined> {
  // In front of ids that are no paths; a zero byte, which marks virtual modules, is spelled out.
  if (specifier.startsWith('/@id/')) return specifier.slice('/@id/'.length).replace('__x00__', '\0')
  if (specifier.startsWith('/')) return specifier
  const importer = (await environment.moduleGraph.getModuleByUrl(url))?.id ?? url
  const resolved = await environment.pluginContainer.resolveId(specifier, importer)
  return resolved?.id.startsWith('/') ? resolved.id : undefined
}

/**
 * Vite's SSR transform calls `__vite_ssr_exportName__("name", …)` for each export and
 * `__vite_ssr_exportAll__(module)` for each `export *`, all as statements of the top level.
 */
function readSsrExports(program: { body: Ast[] }): { named: string[]; all: string[] } {
  const imports = new Map<string, string>()
  const named: string[] = []
  const all: string[] = []
  for (const statement of program.body) {
    if (statement.type === 'VariableDeclaration') {
      for (const { id, init } of statement['declarations'] as { id: Ast; init: Ast | null }[]) {
        const specifier = callOf(unwrapAwait(init), '__vite_ssr_import__')?.[0]
        if (specifier) imports.set(String(id['name']), String(specifier['value']))
      }
    }
    if (statement.type !== 'ExpressionStatement') continue
    const expression = statement['expression'] as Ast
    const name = callOf(expression, '__vite_ssr_exportName__')?.[0]
    if (name) named.push(String(name['value']))
    const star = callOf(expression, '__vite_ssr_exportAll__')?.[0]
    const target = star && imports.get(String(star['name']))
    if (target) all.push(target)
    // Vite before 7 defines properties instead.
    const defined = definedProperty(expression)
    if (defined) named.push(defined)
  }
  return { named, all }
}

function unwrapAwait(node: Ast | null): Ast | null {
  return node?.type === 'AwaitExpression' ? (node['argument'] as Ast) : node
}

function callOf(node: Ast | null, callee: string): Ast[] | undefined {
  if (node?.type !== 'CallExpression') return undefined
  const target = node['callee'] as Ast
  return target['name'] === callee ? (node['arguments'] as Ast[]) : undefined
}

function definedProperty(node: Ast): string | undefined {
  if (node.type !== 'CallExpression') return undefined
  const [target, name] = node['arguments'] as Ast[]
  if (target?.['name'] !== '__vite_ssr_exports__' || name?.type !== 'Literal') return undefined
  return String(name['value'])
}
