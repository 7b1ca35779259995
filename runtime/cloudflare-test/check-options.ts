/** Throws for what is no object of options, and for names that mean nothing: a typo must not choose a default. */
export function checkOptions(options: unknown, names: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, such as { ${names[0]}: … }.`)
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`options.${unknown} does not exist. There is: ${names.join(', ')}.`)
  }
}
