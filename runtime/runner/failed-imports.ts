/**
 * Errors of imports that cannot work, and who made the import. What packages import the host has linked, and its
 * errors name the importing file. What files of the project import comes to it from Vitest's evaluator, so for
 * those the name is added here.
 */
import type { ModuleRunner } from 'vite/module-runner'

interface Evaluator {
  runExternalModule(id: string): Promise<unknown>
}

/** As the host words its errors. */
const HELP = '\n  help: '
const IMPORTER = '\n  imported by '

/** Takes part in every import of a module that Vite does not transform. */
export function nameImporters(runner: ModuleRunner): void {
  const { evaluator } = runner as unknown as { evaluator: Evaluator }
  const run = evaluator.runExternalModule.bind(evaluator)
  evaluator.runExternalModule = async (id) => {
    try {
      return await run(id)
    } catch (error) {
      // The module runner takes the prefix off most built-in modules.
      const modules = runner.evaluatedModules
      const module = modules.getModuleById(id) ?? modules.getModuleById(id.replace(/^node:/, ''))
      const [importer] = module?.importers ?? []
      if (importer && error instanceof Error) addImporter(error, importer)
      throw error
    }
  }
}

function addImporter(error: Error, importer: string): void {
  const { message } = error
  if (!('code' in error) || !message.includes(HELP) || message.includes(IMPORTER)) return
  error.message = message.replace(HELP, `${IMPORTER}${importer}${HELP}`)
  error.stack = `Error: ${error.message}`
}
