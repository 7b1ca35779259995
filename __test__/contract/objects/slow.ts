/** A Worker whose modules take a while to load. */
export { Sequence } from './objects.ts'
export { Sockets } from './sockets.ts'

await scheduler.wait(50)

export default {}
