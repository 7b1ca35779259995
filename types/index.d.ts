/**
 * Types of the modules that exist inside the runtime. Put `"types": ["vitest-pool-workerd/types"]` into
 * the tsconfig of your tests, beside the runtime's own types (`wrangler types` or
 * `@cloudflare/workers-types`).
 */

declare namespace Cloudflare {
  /** Your bindings. `wrangler types` fills it in; add test-only bindings by declaring it again. */
  interface Env {}
}

declare module 'cloudflare:test' {
  /**
   * Bindings as generation A of Cloudflare's integration knew them:
   * `declare module 'cloudflare:test' { interface ProvidedEnv extends Env {} }`.
   */
  interface ProvidedEnv extends Cloudflare.Env {}

  /**
   * The bindings of the Worker under test: the same object that its handlers get, and that
   * `cloudflare:workers` exports. Properties may be replaced or spied on.
   */
  export const env: ProvidedEnv

  /**
   * A service binding to the default export of `main`. Unlike calling the handler yourself, requests go
   * through the runtime: bodies stream, redirects are followed, RPC methods can be called.
   * @example const response = await SELF.fetch('https://example.com/')
   */
  export const SELF: Fetcher

  /**
   * A context to call handlers with. Its background work can be awaited with
   * {@link waitOnExecutionContext}.
   * @example
   * const ctx = createExecutionContext()
   * const response = await worker.fetch(request, env, ctx)
   * await waitOnExecutionContext(ctx)
   */
  export function createExecutionContext(): ExecutionContext

  /**
   * Waits until everything that was passed to `ctx.waitUntil()` has settled, including what that adds.
   * Rejects with the reason if one of it failed, with an `AggregateError` if several did. Work that
   * takes longer than 30 seconds is given up with a warning.
   */
  export function waitOnExecutionContext(
    ctx: ExecutionContext | EventContext<any, any, any>,
  ): Promise<void>

  /**
   * Runs a callback inside a Durable Object of the Worker under test: in its I/O context and behind its input
   * gate, after its constructor and what that blocks on. What the callback returns or throws is handed over as
   * it is, not cloned. A `Response` is the exception: it arrives as the answer to a request, so its body can be
   * read in the test. What belongs to the object, such as its storage, cannot be used after the callback.
   * @example
   * await runInDurableObject(env.COUNTER.getByName('tea'), async (instance: Counter, state) => {
   *   instance.step = 5
   *   await state.storage.put('count', 1)
   * })
   */
  export function runInDurableObject<O extends Rpc.DurableObjectBranded, R>(
    stub: DurableObjectStub<O>,
    callback: (instance: O, state: DurableObjectState) => R | Promise<R>,
  ): Promise<R>
  export function runInDurableObject<O extends object, R>(
    stub: DurableObjectStub<undefined>,
    callback: (instance: O, state: DurableObjectState) => R | Promise<R>,
  ): Promise<R>

  /**
   * Deletes the alarm that a Durable Object has set, and runs its `alarm()` now. Answers whether there was an
   * alarm. Rejects with what `alarm()` throws; it is not retried.
   * @example expect(await runDurableObjectAlarm(env.COUNTER.getByName('tea'))).toBe(true)
   */
  export function runDurableObjectAlarm(
    stub: DurableObjectStub<Rpc.DurableObjectBranded | undefined>,
  ): Promise<boolean>

  /**
   * Ids of all objects of a namespace that were ever constructed, in no particular order. They have no `name`;
   * compare them with `equals()`. The namespace may come from `env` or from `exports`.
   * @example expect(await listDurableObjectIds(env.COUNTER)).toHaveLength(1)
   */
  export function listDurableObjectIds(
    namespace: DurableObjectNamespace<Rpc.DurableObjectBranded | undefined>,
  ): Promise<DurableObjectId[]>

  /** How objects are evicted. */
  interface EvictionOptions {
    /**
     * What becomes of sockets that an object accepted with `ctx.acceptWebSocket()`: they wait, and the next
     * message wakes the object, or they are closed. Default: `'hibernate'`. @example 'close'
     */
    webSockets?: 'hibernate' | 'close'
  }

  /**
   * Stops a Durable Object as the runtime does with one that is idle: its memory is lost and its constructor runs
   * again, while its storage, its alarm and stubs stay. What is under way is awaited, for 30 seconds at most. A
   * body that nobody has read is under way, too. Rejects if the object is not running.
   * @example await evictDurableObject(env.COUNTER.getByName('tea'), { webSockets: 'close' })
   */
  export function evictDurableObject(
    stub: DurableObjectStub<Rpc.DurableObjectBranded | undefined>,
    options?: EvictionOptions,
  ): Promise<void>

  /** {@link evictDurableObject} for every object that runs. */
  export function evictAllDurableObjects(options?: EvictionOptions): Promise<void>

  /**
   * Resets every Durable Object that runs, as `ctx.abort()` does: calls under way reject, sockets break off, and
   * stubs that were used are broken for the rest of the test. Make new ones. Storage stays.
   */
  export function abortAllDurableObjects(): Promise<void>

  /** What {@link reset} leaves. */
  interface ResetOptions {
    /**
     * `'empty'` leaves nothing, `'setup'` what setup files and the top level of the test file have stored. Default:
     * `'empty'`.
     */
    to?: 'empty' | 'setup'
  }

  /**
   * Empties everything that is stored: KV, R2, D1 with its tables, caches, the backlog of queues, instances of
   * Workflows, and what Durable Objects have stored, alarms included. Objects are reset, and stubs go on working.
   * Waits for background work first, and comes before the next call. With `isolatedStorage: 'test'` it is undone
   * with its test.
   * @example afterEach(() => reset())
   */
  export function reset(options?: ResetOptions): Promise<void>

  /** What a scheduled event says. */
  interface ScheduledOptions {
    /** When the event was due, in milliseconds if it is a number. Default: now. @example new Date('2026-11-02') */
    scheduledTime?: Date | number
    /** The pattern of the trigger. Default: `''`. @example '0 3 * * *' */
    cron?: string
  }

  /**
   * A controller to call a `scheduled` handler with.
   * @example
   * const ctx = createExecutionContext()
   * await worker.scheduled(createScheduledController({ cron: '0 3 * * *' }), env, ctx)
   * await waitOnExecutionContext(ctx)
   */
  export function createScheduledController(options?: ScheduledOptions): ScheduledController

  /** A message of a batch that a test makes. */
  interface QueueMessageInit<Body = unknown> {
    /** What {@link getQueueResult} names it by. */
    id: string
    /** When it was sent, in milliseconds if it is a number. */
    timestamp: Date | number
    /** The attempt that this delivery is; the first one is `1`. */
    attempts: number
    /** Is cloned, so it must be something that `structuredClone` takes. */
    body: Body
  }

  /** What a `queue` handler decided. What it decided nothing about is acknowledged, and appears nowhere. */
  interface QueueResult {
    outcome: 'ok'
    /** Whether `batch.ackAll()` was called. */
    ackAll: boolean
    /** Whether `batch.retryAll()` was called. */
    retryBatch: { retry: boolean }
    /** Ids of messages that `ack()` was called on, in the order of the batch. */
    explicitAcks: string[]
    /** Messages that `retry()` was called on, in the order of the batch. */
    retryMessages: { msgId: string }[]
  }

  /** What the owner of an account does with a secrets store. Nothing outlives the test that did it. */
  interface SecretsStoreSecretAdmin extends Disposable {
    /** Gives the binding's secret a value; answers with its id. */
    create(value: string): Promise<string>
    /** Gives the secret of an id another value. Rejects with `Secret not found`, as all that take an id do. */
    update(value: string, id: string): Promise<string>
    /** Copies the secret of an id; answers with the id of the copy. */
    duplicate(id: string, newName: string): Promise<string>
    delete(id: string): Promise<void>
    /** All secrets of the store, also those of other bindings. */
    list(): Promise<{ name: string; metadata?: { uuid: string } }[]>
    /** The name of the secret of an id. */
    get(id: string): Promise<string>
  }

  /**
   * Fills a secrets store, which is empty at first.
   * @example await adminSecretsStore(env.API_KEY).create('s3cret')
   */
  export function adminSecretsStore(binding: SecretsStoreSecret): SecretsStoreSecretAdmin

  /** A data point of Analytics Engine as it was written; a blob that is no text is bytes. */
  interface WrittenDataPoint {
    timestamp: Date
    indexes: (string | ArrayBuffer)[]
    /** Zeros at the end are not told from what was left out. */
    doubles: number[]
    blobs: (string | ArrayBuffer | null)[]
  }

  /**
   * Data points, oldest first and those of one millisecond in any order, that Workers have written to a dataset since the test began, or before it, in its setup. Give the binding, or
   * the name of a dataset that only an auxiliary Worker has.
   * @example expect(await listDataPoints(env.CLICKS)).toMatchObject([{ indexes: ['home'] }])
   */
  export function listDataPoints(dataset: AnalyticsEngineDataset | string): Promise<WrittenDataPoint[]>

  /** An email as it was sent. Addresses are without names. */
  interface SentEmail {
    messageId: string
    from: string
    to: string[]
    subject?: string
    /** Of an `EmailMessage`: all of its text. */
    raw?: string
    /** The others: of an object that `send()` was given. */
    text?: string
    html?: string
    cc?: string[]
    bcc?: string[]
    replyTo?: string
    headers?: Record<string, string>
    /** `content` is Base64. */
    attachments?: { content: string; filename?: string; type?: string; disposition?: string }[]
  }

  /**
   * Emails that a binding has sent; nothing ever leaves the machine. Of an auxiliary Worker's binding give the name, behind
   * that of the Worker: `'accounts/MAILER'`.
   * @example expect(await listSentEmails(env.MAILER)).toMatchObject([{ to: ['ada@example.com'] }])
   */
  export function listSentEmails(binding: SendEmail | string): Promise<SentEmail[]>

  /** What {@link createPagesEventContext} takes. `params` and `data` are needed if the function has some. */
  type EventContextInit<Context> =
    Context extends EventContext<infer _Env, infer Params, infer Data>
      ? {
          request: Request<unknown, IncomingRequestCfProperties>
          /** The path of the file, without its extension. Default: `''`. */
          functionPath?: string
          /** What comes after the function: the next one, or the assets. */
          next?: (request: Request) => Response | Promise<Response>
        } & ([Params] extends [never] ? { params?: Record<string, string | string[]> } : string extends Params ? { params?: Record<string, string | string[]> } : { params: Record<Params, string | string[]> }) &
          (Record<string, never> extends Data ? { data?: Data } : { data: Data })
      : never

  /**
   * A context to call a Pages Function with. Needs a binding `ASSETS`, such as `buildPagesASSETSBinding` makes.
   * @example
   * const ctx = createPagesEventContext<typeof onRequest>({ request, params: { id: '1' } })
   * const response = await onRequest(ctx)
   * await waitOnExecutionContext(ctx)
   */
  export function createPagesEventContext<Function_ extends PagesFunction<any, any, any>>(
    init: EventContextInit<Parameters<Function_>[0]>,
  ): Parameters<Function_>[0]

  /**
   * A batch to call a `queue` handler with.
   * @example
   * const batch = createMessageBatch('orders', [{ id: '1', timestamp: new Date(), attempts: 1, body: { total: 3 } }])
   * const ctx = createExecutionContext()
   * await worker.queue(batch, env, ctx)
   * expect((await getQueueResult(batch, ctx)).explicitAcks).toEqual(['1'])
   */
  export function createMessageBatch<Body = unknown>(
    queueName: string,
    messages: readonly QueueMessageInit<Body>[],
  ): MessageBatch<Body>

  /**
   * Waits for the background work of `ctx` like {@link waitOnExecutionContext}, and tells what was decided
   * about the messages until then. Both arguments must have been made by the functions of this module.
   */
  export function getQueueResult(batch: MessageBatch, ctx: ExecutionContext): Promise<QueueResult>

  /** A migration as `readD1Migrations` of `vitest-pool-workerd` reads it. */
  interface D1Migration {
    /** What it is recorded by. @example '0001_books.sql' */
    name: string
    /** Its statements, in their order. */
    queries: string[]
  }

  /**
   * Applies migrations to a D1 database that are not recorded there yet, in the order given. Each one is
   * applied as a whole or not at all; the first that fails rejects, and those before it stay. Call it in a
   * setup file, for every test to start with the tables.
   * @param migrationsTableName Where they are recorded. Default: `'d1_migrations'`, as Wrangler has it.
   * @example await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
   */
  export function applyD1Migrations(
    db: D1Database,
    migrations: readonly D1Migration[],
    migrationsTableName?: string,
  ): Promise<void>

  /** What a part of a request has to be: this very text, something like it, or what a function accepts. */
  type MockMatcher = string | RegExp | ((text: string) => boolean)

  /** Which requests an interceptor answers. What is left out may be anything. */
  interface MockInterceptOptions {
    /**
     * A string is compared with path and query, whatever the order of the query's parameters. A RegExp
     * or a function sees them as text.
     * @example '/v1/users?page=2'
     */
    path: MockMatcher
    /** Upper and lower case are the same in a string. Default: `'GET'`. */
    method?: MockMatcher
    /** Compared with the body as text. */
    body?: MockMatcher
    /** Headers that the request must have, by their names in any case; or a function that sees all, in lower case. */
    headers?: Record<string, MockMatcher> | ((headers: Record<string, string>) => boolean)
    /** Is appended to a `path` that is a string; a list repeats its key. @example { tag: ['a', 'b'], page: 2 } */
    query?: Record<string, unknown>
  }

  /** The request, as reply functions see it. */
  interface MockRequest {
    /** @example 'https://api.example.com' */
    origin: string
    /** Path and query. @example '/v1/users?page=2' */
    path: string
    method: string
    /** As text; empty without one. */
    body: string
    /** By their names in lower case. */
    headers: Record<string, string>
  }

  /** What a reply carries. Objects are sent as JSON, without a content type. Default: nothing. */
  type MockReplyData = string | ArrayBuffer | ArrayBufferView | object | number | boolean | null | undefined

  /** What else a reply carries. */
  interface MockReplyOptions {
    /** A list becomes several headers of that name. @example { 'set-cookie': ['a=1', 'b=2'] } */
    headers?: Record<string, string | string[]> | Headers
    /** Accepted for compatibility; `fetch` has no way to read them. */
    trailers?: Record<string, string>
  }

  /** A whole reply, as a reply function returns it. */
  interface MockReply {
    statusCode: number
    /** Default: nothing. */
    data?: MockReplyData
    responseOptions?: MockReplyOptions
  }

  /** How often, and how fast, an interceptor answers. It answers once, at once, unless told otherwise. */
  interface MockScope {
    /** Answers so many requests. */
    times(repeatTimes: number): MockScope
    /** Answers any number of requests. */
    persist(): MockScope
    /** Answers after so many milliseconds, by the test's timers. */
    delay(waitInMs: number): MockScope
  }

  /** Says what is answered. Each reply is another interceptor of the same requests. */
  interface MockInterceptor {
    /** Answers with what the function returns. It runs for each request, where that is made. */
    reply(replyTo: (request: MockRequest) => MockReply | Promise<MockReply>): MockScope
    /** @example .reply(200, { name: 'Ada' }, { headers: { 'content-type': 'application/json' } }) */
    reply(
      statusCode: number,
      data?: MockReplyData | ((request: MockRequest) => MockReplyData | Promise<MockReplyData>),
      responseOptions?: MockReplyOptions,
    ): MockScope
    /** `fetch` rejects with this very object. */
    replyWithError(error: unknown): MockScope
    /** Headers of the replies that follow. */
    defaultReplyHeaders(headers: NonNullable<MockReplyOptions['headers']>): MockInterceptor
    /** Accepted for compatibility; `fetch` has no way to read trailers. */
    defaultReplyTrailers(trailers: Record<string, string>): MockInterceptor
    /** The replies that follow have a `content-length`. */
    replyContentLength(): MockInterceptor
  }

  /** The requests to one origin. */
  interface MockPool {
    intercept(options: MockInterceptOptions): MockInterceptor
  }

  /** An interceptor that has not answered all that it was made for. */
  interface PendingInterceptor {
    origin: MockMatcher
    path: MockMatcher
    method: MockMatcher
    body: MockMatcher | undefined
    headers: MockInterceptOptions['headers']
    query: MockInterceptOptions['query']
    /** How often it answers; means nothing with `persist`. */
    times: number
    /** How often it has answered. */
    timesInvoked: number
    persist: boolean
    consumed: boolean
    pending: boolean
    data: {
      statusCode?: number
      data?: unknown
      headers?: Record<string, string | string[]>
      trailers?: Record<string, string>
      callback?: (request: MockRequest) => unknown
      error: unknown
    }
  }

  /** Answers requests in the place of the network. */
  interface MockAgent {
    /** From now on, requests are answered by interceptors. */
    activate(): void
    /** Requests go their ordinary way again. Interceptors stay. */
    deactivate(): void
    /** A request that no interceptor answers rejects. */
    disableNetConnect(): void
    /**
     * A request that no interceptor answers goes its ordinary way: any, or those to this host besides those
     * that were named before.
     * @example fetchMock.enableNetConnect('localhost:8787')
     */
    enableNetConnect(host?: MockMatcher): void
    /** @param origin Without a path, not even a slash. @example fetchMock.get('https://api.example.com') */
    get(origin: MockMatcher): MockPool
    /** The interceptors that still wait for requests. */
    pendingInterceptors(): PendingInterceptor[]
    /** Throws an error that names them, if there are any. */
    assertNoPendingInterceptors(options?: {
      pendingInterceptorsFormatter?: { format(pending: readonly PendingInterceptor[]): string }
    }): void
  }

  /**
   * Answers requests that the test, the Worker and its Durable Objects send with the global `fetch`. Is
   * inactive, and knows no interceptors, when a test file starts.
   * @example
   * beforeAll(() => {
   *   fetchMock.activate()
   *   fetchMock.disableNetConnect()
   * })
   * afterEach(() => fetchMock.assertNoPendingInterceptors())
   *
   * test('shows the weather', async () => {
   *   fetchMock.get('https://weather.example').intercept({ path: '/today' }).reply(200, 'sunny')
   *   expect(await (await SELF.fetch('https://example.com/')).text()).toBe('sunny')
   * })
   */
  export const fetchMock: MockAgent
  /** A step of a Workflow. */
  interface WorkflowStepSelector {
    /** What the Workflow calls it. */
    name: string
    /** Which one of those with this name, in the order in which they are reached. Default: `1`, the first. */
    index?: number
  }

  /** Changes what instances of a Workflow do. All changes outlast `instance.restart()`. */
  interface WorkflowInstanceModifier {
    /** `step.sleep()` and `step.sleepUntil()` end at once: the named ones, or all of them. */
    disableSleeps(steps?: WorkflowStepSelector[]): Promise<void>
    /** Attempts follow each other without a delay: those of the named steps, or all of them. */
    disableRetryDelays(steps?: WorkflowStepSelector[]): Promise<void>
    /** A step has this result, and its code is not called. A stream is read to its end. */
    mockStepResult(step: WorkflowStepSelector, stepResult: unknown): Promise<void>
    /**
     * Attempts of a step fail, and its code is not called. With `times`, only so many; the next one does what
     * was asked for next, or calls the code. Default: all attempts.
     */
    mockStepError(step: WorkflowStepSelector, error: Error, times?: number): Promise<void>
    /** Attempts of a step fail as if they took too long. With `times`, only so many. Default: all attempts. */
    forceStepTimeout(step: WorkflowStepSelector, times?: number): Promise<void>
    /** An event is there for `step.waitForEvent()`, whenever it comes to that. */
    mockEvent(event: { type: string; payload: unknown }): Promise<void>
    /** `step.waitForEvent()` fails as if the event had not come in time. */
    forceEventTimeout(step: WorkflowStepSelector): Promise<void>
  }

  /** Watches one instance of a Workflow. */
  interface WorkflowInstanceIntrospector extends AsyncDisposable {
    /** Changes what the instance does. Returns the introspector. */
    modify(change: (modifier: WorkflowInstanceModifier) => unknown): Promise<WorkflowInstanceIntrospector>
    /**
     * Waits for the result of a step. Rejects with its error if it failed, and if the instance ends without it.
     */
    waitForStepResult(step: WorkflowStepSelector): Promise<unknown>
    /**
     * Waits until the instance has a status. Rejects if it ends with another one.
     * @example await instance.waitForStatus('complete')
     */
    waitForStatus(
      status: 'queued' | 'running' | 'paused' | 'errored' | 'terminated' | 'complete' | 'waiting' | 'waitingForPause' | 'unknown',
    ): Promise<void>
    /** What `run()` returned. Rejects unless the instance is complete. */
    getOutput(): Promise<unknown>
    /** Why the instance failed. Rejects unless it has. */
    getError(): Promise<{ name: string; message: string }>
    /** Ends the instance and removes it, with all that was changed about it. */
    dispose(): Promise<void>
  }

  /** Watches all instances of a Workflow that are created while it is there. */
  interface WorkflowIntrospector extends AsyncDisposable {
    /** Changes what instances do that are created from now on. */
    modifyAll(change: (modifier: WorkflowInstanceModifier) => unknown): Promise<void>
    /** The instances, in the order in which they were created. */
    get(): Promise<WorkflowInstanceIntrospector[]>
    /** Ends and removes all of them. Another introspector may follow. */
    dispose(): Promise<void>
  }

  /**
   * Watches an instance of a Workflow, which need not exist yet.
   * @example
   * await using instance = await introspectWorkflowInstance(env.ORDERS, 'order-1')
   * await instance.modify((modifier) => modifier.disableSleeps())
   * await env.ORDERS.create({ id: 'order-1' })
   * await instance.waitForStatus('complete')
   */
  export function introspectWorkflowInstance(
    workflow: Workflow,
    instanceId: string,
  ): Promise<WorkflowInstanceIntrospector>

  /**
   * Watches all instances of a Workflow that are created from now on, by the test or by the Worker. There can be
   * one introspector for a Workflow at a time.
   * @example
   * await using orders = await introspectWorkflow(env.ORDERS)
   * await SELF.fetch('https://example.com/order', { method: 'POST' })
   * const [instance] = await orders.get()
   * await instance.waitForStatus('complete')
   */
  export function introspectWorkflow(workflow: Workflow): Promise<WorkflowIntrospector>
}
