/** What the flag `unsafe_module` adds. The runtime's own types leave it out. */
declare module 'workerd:unsafe' {
  interface EvictionOptions {
    webSockets?: 'hibernate' | 'close'
  }
  const unsafe: {
    evict(stub: DurableObjectStub, options?: EvictionOptions): Promise<void>
    evictAllDurableObjects(options?: EvictionOptions): Promise<void>
    abortAllDurableObjects(): Promise<void>
  }
  export default unsafe
}
