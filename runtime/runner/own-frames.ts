/** Frames of our own code, which nobody wants to see in a stack of theirs. */

/** Where our own code is, as frames name it. */
const OWN_FOLDER = /([^\s(]*)\/[^/\s]+:\d+:\d+\)?$/.exec(new Error('where am I').stack ?? '')?.[1]

/** Whether a line of a stack is a frame of ours. */
export function isOwn(line: string): boolean {
  return OWN_FOLDER !== undefined && /^\s+at /.test(line) && line.includes(`${OWN_FOLDER}/`)
}

/** Ends a stack where the user's code was called by ours. */
export function withoutOwnFrames(stack: string): string {
  return upToOwn(stack.split('\n')).join('\n')
}

/** The same for errors that are printed as they are. */
export function hideOwnFrames(error: unknown): void {
  if (error instanceof Error && error.stack) error.stack = withoutOwnFrames(error.stack)
}

/** The frames of the user's code that called ours, where `site` was made; its message is one line. */
function callersFrames(site: Error): string[] {
  const frames = (site.stack ?? '').split('\n').slice(1)
  return upToOwn(frames.slice(frames.findIndex((line) => !isOwn(line))))
}

/** Lets an error that our code or the runtime threw begin where the user called us; `site` was made there. */
export function blameCaller(error: unknown, site: Error): void {
  if (!(error instanceof Error)) return
  const first = error.stack?.split('\n').find((line) => /^\s+at /.test(line))
  if (first !== undefined && !isOwn(first)) return
  error.stack = [`${error.name}: ${error.message}`, ...callersFrames(site)].join('\n')
}

/** Calls a helper for a test. What it throws is a rejection, and begins where the test called it. */
export async function blamingCaller<T>(run: () => T | Promise<T>): Promise<T> {
  const site = new Error('called here')
  try {
    return await run()
  } catch (error) {
    blameCaller(error, site)
    throw error
  }
}

function upToOwn(lines: string[]): string[] {
  const own = lines.findIndex(isOwn)
  return own < 0 ? lines : lines.slice(0, own)
}
