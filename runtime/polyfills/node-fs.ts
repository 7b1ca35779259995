/**
 * `node:fs` for Vitest's own modules. Of the machine's files workerd shows none, and the mocker looks for `__mocks__`
 * folders beside mocked modules. It asks three functions, which cannot wait.
 */
import * as native from 'node:fs'

import { claimBlockingCalls } from '../runner/blocking-call.ts'

const askBlocking = claimBlockingCalls('look')

const encoder = new TextEncoder()

/** What is at a path of the machine: the names in a folder, `file`, or nothing. */
function look(path: native.PathLike): string[] | 'file' | undefined {
  const bytes = encoder.encode(String(path))
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const answer = askBlocking(`look/${digits}`)
  if (answer === null || answer === 'file') return answer ?? undefined
  return JSON.parse(answer) as string[]
}

export const existsSync: typeof native.existsSync = (path) =>
  native.existsSync(path) || look(path) !== undefined

export const readdirSync = ((path: native.PathLike, ...rest: []) => {
  const names = look(path)
  return Array.isArray(names) ? names : native.readdirSync(path, ...rest)
}) as typeof native.readdirSync

export const statSync = ((path: native.PathLike, ...rest: []) => {
  const found = look(path)
  if (!found) return native.statSync(path, ...rest)
  return { isFile: () => found === 'file', isDirectory: () => found !== 'file' }
}) as typeof native.statSync

export * from 'node:fs'
export default { ...native, existsSync, readdirSync, statSync }
