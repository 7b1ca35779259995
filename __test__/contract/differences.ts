/** Every case that one of the two pools does not pass. See docs/design/contract-suites.md. */

/**
 * Why a case fails. With `our bug` it fails under our pool, else under the oracle:
 *
 * - `their defect`: the oracle does something that it was not meant to do
 * - `product documentation`: the product documents our behaviour, the oracle simplifies
 * - `undocumented`: nothing says what is right, and we chose
 */
export type Reason = 'our bug' | 'their defect' | 'product documentation' | 'undocumented'

export interface Difference {
  reason: Reason
  /** What is done instead of what the case expects. */
  note: string
}

/** By the name of the case. */
export const differences: Readonly<Record<string, Difference>> = {
  'durable-objects: the stack of an error says where it was thrown': {
    reason: 'undocumented',
    note: 'it says where the object was called, and nothing about the object',
  },
  'object-helpers: a spy on an instance takes effect through a stub': {
    reason: 'undocumented',
    note: 'it is refused like an own property that the class has made',
  },
  'object-helpers: a callback may use stubs of the test for it': {
    reason: 'undocumented',
    note: 'I/O on behalf of a different Durable Object',
  },
  'object-lists: objects of a namespace of the exports are listed': {
    reason: 'their defect',
    note: 'an assertion fails, because only namespaces of `env` are looked for',
  },
  'kv: a stream that fails stores nothing': {
    reason: 'their defect',
    note: 'an empty value is stored',
  },
  'd1: foreign keys can be checked at the end': {
    reason: 'their defect',
    note: 'the database breaks down with an internal error, because the transaction fails only when it ends',
  },
  'd1: meta counts the entries of an index that were read, beside the rows': {
    reason: 'our bug',
    note: 'SQLite does not tell us about entries of an index: only the row is counted',
  },
  'd1: meta counts the rows that count(*) has counted': {
    reason: 'our bug',
    note: 'SQLite counts them without visiting each: one row is counted',
  },
  'd1: rows can be deleted up to a limit': {
    reason: 'our bug',
    note: 'our SQLite is built without `DELETE ... LIMIT`, and without `UPDATE ... LIMIT`',
  },
  'queues: bytes come as a Uint8Array': {
    reason: 'undocumented',
    note: 'they come as an ArrayBuffer; the runtime itself decodes bytes as a Uint8Array',
  },
  'queues: ackAll() lasts when the handler throws': {
    reason: 'undocumented',
    note: 'a handler that throws brings back all messages, acknowledged or not',
  },
  'queues: ack() lasts when the handler throws': {
    reason: 'product documentation',
    note: 'a handler that throws brings back all messages, acknowledged or not',
  },
  'queues: ack() before retryAll() lasts': {
    reason: 'product documentation',
    note: 'retryAll() brings back messages that were acknowledged before',
  },
  'queues: with exposed error codes, an error says what is wrong': {
    reason: 'their defect',
    note: 'every error is `Unknown Internal Error (15000)`',
  },
  'queue-errors: a delay of 86401 seconds is refused': {
    reason: 'their defect',
    note: 'an internal server error, without an explanation',
  },
  'queue-errors: a delay of -1 seconds is refused': {
    reason: 'their defect',
    note: 'an internal server error, without an explanation',
  },
  'r2: the storage class is Standard if none is given': {
    reason: 'product documentation',
    note: 'it is an empty string',
  },
  'r2: the storage class is the one that was given': {
    reason: 'product documentation',
    note: 'it is an empty string',
  },
  'r2: the storage class of an upload is that of its object': {
    reason: 'product documentation',
    note: 'it is an empty string',
  },
  'r2: an object tells the MD5 of the key of the customer': {
    reason: 'product documentation',
    note: 'keys of customers are ignored',
  },
  'r2: an object that was put with a key of the customer is not read without it': {
    reason: 'product documentation',
    note: 'keys of customers are ignored',
  },
  'r2: an object that was put with a key of the customer is not read with another': {
    reason: 'product documentation',
    note: 'keys of customers are ignored',
  },
  'r2: listed objects have no metadata unless it is included': {
    reason: 'product documentation',
    note: 'metadata that was not included is an empty object, as if the object had none',
  },
  'r2: no length of an empty object is satisfiable': {
    reason: 'their defect',
    note: 'an internal error; an offset or a suffix gets the error that is expected',
  },
  'cache: statusText is kept': {
    reason: 'their defect',
    note: 'it becomes the usual one of the status',
  },
  'cache: the length of several parts is not that of the response': {
    reason: 'their defect',
    note: 'Content-Length is that of the whole response',
  },
  'cache: a body that breaks off is not stored': {
    reason: 'their defect',
    note: 'what had come until then is stored as if it were the whole body',
  },
  'cache: content that the runtime compresses comes back decoded': {
    reason: 'their defect',
    note: 'it comes back compressed',
  },
  'cache: content that is compressed already comes back decoded': {
    reason: 'their defect',
    note: 'it comes back compressed',
  },
  'entrypoints: exports behind a star are found': {
    reason: 'their defect',
    note: 'they have to be listed in `additionalExports`',
  },
  'entrypoints: a property of the instance hides a method': {
    reason: 'their defect',
    note: 'the property is called; without either integration, the runtime refuses it',
  },
  'entrypoints: nobody sees bindings that the project does not have': {
    reason: 'their defect',
    note: 'bindings of the integration itself are in `env`',
  },
  'object-resets: no object is listed': {
    reason: 'their defect',
    note: 'objects that were reset are listed, though nothing is left of them',
  },
  'object-resets: a stub that was used goes on working': {
    reason: 'undocumented',
    note: 'stubs that were used are broken, and say that deleteAllDurableObjects() was called',
  },
  'workflows: an instance that sleeps, or waits for an event, is waiting': {
    reason: 'product documentation',
    note: 'it is running',
  },
  'workflows: an instance that has ended takes no events': {
    reason: 'product documentation',
    note: 'it takes them, without any effect',
  },
  'workflows: by default there are five retries, after ten seconds and more': {
    reason: 'product documentation',
    note: 'the first delay is a second',
  },
  'workflows: retries may be unlimited': {
    reason: 'product documentation',
    note: 'an infinite limit is an invalid configuration',
  },
  'workflows: a NonRetryableError with a name is not tried again': {
    reason: 'their defect',
    note: 'it is tried again, because its name is how it is recognized',
  },
  'workflows: a NonRetryableError keeps its message': {
    reason: 'product documentation',
    note: 'the error of the instance says that a step threw a NonRetryableError, and not which',
  },
  'workflows: a duration has a unit that exists': {
    reason: 'their defect',
    note: 'the unit is ignored',
  },
  'workflows: waiting for the result of a step that fails rejects with its error': {
    reason: 'undocumented',
    note: 'it rejects without the reason',
  },
}
