/** Who waits for changes of instances, and whether instances may run at all. */

type Watcher = () => boolean

/** With the number of storage frames at the time. */
const watchers = new Map<Watcher, number>()
let frames = 0
let released = true

/** Waits until `look` finds something. What it throws rejects. */
export function watch<T>(look: () => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const watcher = (): boolean => {
      try {
        const found = look()
        if (found === undefined) return false
        resolve(found)
      } catch (error) {
        reject(error)
      }
      return true
    }
    if (!watcher()) watchers.set(watcher, frames)
  })
}

export function notifyWatchers(): void {
  for (const watcher of watchers.keys()) if (watcher()) watchers.delete(watcher)
}

export function enterFrame(): void {
  frames += 1
}

/** Those who wait for something in the frame wait for ever: it belongs to a test that is over. */
export function leaveFrame(): void {
  for (const [watcher, frame] of watchers) if (frame >= frames) watchers.delete(watcher)
  frames -= 1
}

export function isReleased(): boolean {
  return released
}

export function setReleased(value: boolean): void {
  released = value
}
