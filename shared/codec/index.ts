/**
 * Bytes for the messages between Node and the isolate: MessagePack plus extension types for what
 * structured clone keeps and MessagePack cannot say. Rust routes these bytes without looking inside,
 * yet any MessagePack library reads them, and JSON-like messages that Rust writes decode here.
 *
 * Invariant 1: `encode` accepts every value. What cannot be cloned (functions, promises, symbols, a
 * getter that throws) travels in printed form, since one odd value in `task.meta` must not fail a file.
 *
 * Invariant 2: after this folder has loaded, nothing it calls can be replaced from outside. It shares
 * an isolate with tests, and tests replace `Map.prototype.get`, `JSON`, `Date` or `Symbol.iterator`.
 * Therefore `primordials.ts` captures every built-in, and the code uses no `for…of`, no spread, no array
 * destructuring and no method of a built-in object: only operators, indices and captured functions.
 * Even `bytes.length` is a replaceable getter, which is why lengths are kept in fields.
 *
 * Invariant 3: `decode` either returns a value or throws a `CodecError` with the offset. It allocates
 * in proportion to its input, whatever lengths the input claims, and cannot recurse out of the stack.
 *
 * Not here: framing, chunking and compression (the envelope's job). Nor class instances: they arrive as
 * plain objects with their own enumerable properties, and null-prototype objects as ordinary ones.
 *
 * To read it, start with the table in `extensions.ts`. `writer.ts` and `reader.ts` are two columns of
 * that table and change together; below them, `output.ts` and `input.ts` know bytes but no objects.
 */
export { CodecError } from './codec-error.ts'
export { decode } from './reader.ts'
export { encode } from './writer.ts'
