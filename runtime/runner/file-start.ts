/** What starts anew with every test file. With `isolate: false`, files share this isolate. */

const resets: (() => void)[] = []

/** Has something called before each file, setup files included. */
export function beforeEachFile(reset: () => void): void {
  resets.push(reset)
}

/** Called by the runner when a file starts. */
export function resetForFile(): void {
  for (const reset of resets) reset()
}
