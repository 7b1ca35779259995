/** What the suites of KV share. */
import { env } from 'cloudflare:test'

import { uniqueName } from './contract.ts'

/** The largest value, in bytes. */
export const VALUE_BYTES_MAX = 26_214_400

/** A key with every kind of character that a URL could stumble over. */
export const ODD_KEY = 'a b/c?d#e%f&g+h=é~!*()\'@:,;$[]|^`{}"<>\\日本'

export const names = (list: { keys: { name: string }[] }): string[] => list.keys.map(({ name }) => name)

/** Stores keys under a prefix that no other case uses, and returns it. */
export async function someKeys(...suffixes: string[]): Promise<string> {
  const prefix = `${uniqueName('list')}:`
  for (const suffix of suffixes) await env.KV.put(prefix + suffix, suffix)
  return prefix
}
