/**
 * What a module looks like from outside. Compared between runtimes, so it leaves out what may differ: values.
 */

/** Names of a namespace with their types, and those of what is behind `default`. */
export function namesOf(namespace) {
  const names = typesOf(namespace)
  const main = namespace.default
  if (isObject(main) && main !== namespace) names['default.*'] = typesOf(main)
  return names
}

/** Own names of a value that `require` gave. */
export function typesOf(value) {
  if (!isObject(value)) return { '': typeof value }
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, typeof value[key]]),
  )
}

/** Loads everything; what fails says so. */
export async function summary(loaders, describe) {
  const result = {}
  for (const [specifier, load] of Object.entries(loaders)) {
    try {
      result[specifier] = describe(await load())
    } catch (error) {
      result[specifier] = { error: String(error) }
    }
  }
  return result
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
