/** Where an `EmailMessage` has its text. Registered, since the client and the class are modules of their own. */
export const RAW_MESSAGE: unique symbol = Symbol.for('vitest-pool-workerd: raw message') as never
