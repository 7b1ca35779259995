/** The bindings: the very object that `cloudflare:workers` gives to handlers, so changes show there. */
export { env } from 'cloudflare:workers'
