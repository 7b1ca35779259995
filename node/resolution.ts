/** How Wrangler's bundler resolves packages. The native side does the same for what packages import. */
export const CONDITIONS = ['workerd', 'worker', 'browser']
export const MAIN_FIELDS = ['browser', 'module']
