/**
 * Whether anybody has used a Durable Object. After each frame boundary no object runs, so whoever uses one has
 * to construct it: while this number stays the same, nothing has been stored, and a frame costs nothing.
 */

let activity = 0

/** A stub was used, or an object was constructed. */
export function objectUsed(): void {
  activity += 1
}

/** A number that grows with each use. */
export function objectActivity(): number {
  return activity
}
