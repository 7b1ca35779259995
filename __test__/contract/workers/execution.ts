/** The user Worker of the suites of execution: modules, contexts and globals, seen from its handlers. */
import { AsyncLocalStorage } from 'node:async_hooks'

import { DurableObject, env as importedEnv, waitUntil } from 'cloudflare:workers'

import data from './data.json'
import type { Loose } from './loose.ts'

// The top level runs with the bindings at hand.
await importedEnv['KV'].put('from the top level of main', 'written')
export const readAtTopLevel: unknown = await importedEnv['KV'].get('from the top level of main')
export const idAtTopLevel: string = crypto.randomUUID()
export const textAtTopLevel: unknown = importedEnv['TEXT']
export { data }

/** Promises that handlers resolve, by the name that a test gives them. */
export const resolvers = new Map<string, (value: string) => void>()

const { eval: evaluate } = globalThis

/** Names of the timers of handlers that have fired. */
export const fired: string[] = []

let loads = 0
/** Another number after the module was loaded again. */
export const nextLoad = (): number => ++loads

const storage = new AsyncLocalStorage<string>()

async function load(name: string): Promise<string> {
  // Vite has to see the files, so each import is written out.
  if (name === 'a') return (await import('./lazy-a.ts')).value
  if (name === 'b') return (await import('./lazy-b.ts')).value
  if (name === 'c') return (await import('./lazy-c.ts')).value
  if (name === 'd') return (await import('./lazy-d.ts')).value
  return (await import('./lazy-e.ts')).value
}

export class Importing extends DurableObject {
  inConstructor = ''

  constructor(ctx: Loose, env: Loose) {
    super(ctx, env)
    void ctx.blockConcurrencyWhile(async () => {
      this.inConstructor = await load('c')
    })
  }

  async load(name: string): Promise<string[]> {
    return [this.inConstructor, await load(name)]
  }
}

const routes: Record<string, (env: Loose, ctx: Loose, name: string) => unknown> = {
  '/now': () => Date.now(),
  '/global': (_env, _ctx, name) => (globalThis as Loose)[name],
  '/variable': (_env, _ctx, name) => process.env[name],
  '/imported-env': (_env, _ctx, name) => importedEnv[name],
  '/upstream': async () => (await fetch('https://upstream.example/')).text(),
  '/load': (_env, _ctx, name) => load(name),
  '/load-later': (env, ctx, name) => {
    ctx.waitUntil(load(name).then((value) => env.KV.put(`loaded ${name}`, value)))
  },
  '/wait-until': (env, _ctx, name) => {
    waitUntil(Promise.resolve().then(() => env.KV.put(name, 'by the global waitUntil')))
  },
  '/next-load': () => nextLoad(),
  '/resolve': (_env, _ctx, name) => resolvers.get(name)!('from a handler'),
  '/storage': () =>
    storage.run('stored', async () => {
      await Promise.resolve()
      await (globalThis as Loose).scheduler.wait(1)
      return storage.getStore()
    }),
  '/timer': (_env, _ctx, name) => void setTimeout(() => fired.push(name), 60_000),
  '/code': (_env, _ctx, name) => evaluate(name),
}

export default {
  async fetch(request: Request, env: Loose, ctx: Loose): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const value = await routes[pathname]!(env, ctx, searchParams.get('name') ?? '')
    return Response.json({ value: value ?? null })
  },

  async scheduled(
    controller: { scheduledTime: number; cron: string },
    env: Loose,
    ctx: Loose,
  ): Promise<void> {
    const { scheduledTime, cron } = controller
    ctx.waitUntil(
      env.KV.put(`scheduled ${cron}`, `${typeof scheduledTime} ${scheduledTime} ${await load('d')}`),
    )
  },
}
