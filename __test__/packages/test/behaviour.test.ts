/** Packages do their work, imported as users import them: by files that Vite transforms. */
import { encode as encodePng, decode as decodePng } from '@cf-wasm/png'
import { sha256 } from '@noble/hashes/sha2.js'
import Ajv from 'ajv'
import addFormats from 'ajv-formats'
import axios from 'axios'
import bcrypt from 'bcryptjs'
import Bluebird from 'bluebird'
import * as cheerio from 'cheerio'
import { env } from 'cloudflare:test'
import { parseCookie } from 'cookie'
import { addDays, formatISO } from 'date-fns'
import dayjs from 'dayjs'
import utc from 'dayjs/plugin/utc.js'
import debug from 'debug'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { expectTypeOf } from 'expect-type'
import { XMLParser } from 'fast-xml-parser'
import { buildSchema, graphql } from 'graphql'
import Handlebars from 'handlebars'
import { Hono } from 'hono'
import { html } from 'hono/html'
import iconv from 'iconv-lite'
import { produce } from 'immer'
import { AutoRouter } from 'itty-router'
import { jwtVerify, SignJWT } from 'jose'
import { load as loadYaml } from 'js-yaml'
import jsonwebtoken from 'jsonwebtoken'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import lodash, { groupBy, VERSION } from 'lodash'
import deepGroupBy from 'lodash/groupBy.js'
import fp from 'lodash/fp.js'
import { chunk } from 'lodash-es'
import { DateTime } from 'luxon'
import { marked } from 'marked'
import mime, { lookup } from 'mime-types'
import ms from 'ms'
import { nanoid } from 'nanoid'
import { nanoid as nanoid3 } from 'nanoid-3'
import OpenAI from 'openai'
import pg from 'pg'
import pino from 'pino'
import { h } from 'preact'
import { renderToString as renderPreact } from 'preact-render-to-string'
import protobuf from 'protobufjs'
import qs, { parse } from 'qs'
import * as R from 'ramda'
import { createElement, useState } from 'react'
import { renderToReadableStream, renderToString } from 'react-dom/server'
import { firstValueFrom, of } from 'rxjs'
import { map } from 'rxjs/operators'
import semver, { satisfies } from 'semver'
import deepSatisfies from 'semver/functions/satisfies.js'
import Stripe from 'stripe'
import superjson from 'superjson'
import { init, Tiktoken } from 'tiktoken/lite/init'
import tiktokenWasm from 'tiktoken/lite/tiktoken_bg.wasm'
import ranks from 'tiktoken/encoders/cl100k_base.json'
import { parse as parseToml } from 'toml'
import { __assign } from 'tslib'
import { v4, v5, validate } from 'uuid'
import { v4 as v4Of9 } from 'uuid-9'
import * as v from 'valibot'
import { expect, it, vi } from 'vitest'
import * as yup from 'yup'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { z as v3 } from 'zod/v3'
import { z as z3 } from 'zod-3'

it('validate', async () => {
  const ajv = addFormats(new Ajv({ code: { source: false } }))
  expect(ajv.formats.email).toBeDefined()
  expect(z.object({ a: z.number() }).safeParse({ a: '1' }).success).toBe(false)
  expect(z.email().parse('a@example.com')).toBe('a@example.com')
  expect(v3.string().uuid().safeParse('x').success).toBe(false)
  expect(z3.coerce.number().parse('3')).toBe(3)
  expect(mini.parse(mini.array(mini.string()), ['a'])).toEqual(['a'])
  expect(v.safeParse(v.pipe(v.string(), v.minLength(3)), 'ab').success).toBe(false)
  await expect(yup.object({ n: yup.number().required() }).validate({})).rejects.toThrow(
    'n is a required field',
  )
  expectTypeOf(1).toBeNumber()
})

it('make identifiers and hashes', async () => {
  expect(nanoid(10)).toHaveLength(10)
  expect(nanoid3()).toHaveLength(21)
  expect(validate(v4())).toBe(true)
  expect(validate(v4Of9())).toBe(true)
  expect(v5('example.com', v5.DNS)).toBe('cfbff0d1-9375-5685-968c-48ce8b15ae17')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')))
  expect(sha256(new TextEncoder().encode('abc'))).toEqual(digest)
  expect(await bcrypt.compare('secret', await bcrypt.hash('secret', 4))).toBe(true)
  const secret = new TextEncoder().encode('0123456789abcdef0123456789abcdef')
  const token = await new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg: 'HS256' }).sign(secret)
  expect((await jwtVerify(token, secret)).payload.sub).toBe('ann')
  expect(jsonwebtoken.verify(token, Buffer.from(secret))).toMatchObject({ sub: 'ann' })
})

it('handle data', async () => {
  expect(groupBy([1, 2, 3], (n) => n % 2)).toEqual({ 0: [2], 1: [1, 3] })
  expect(deepGroupBy([1], String)).toEqual({ 1: [1] })
  expect(lodash.VERSION).toBe(VERSION)
  expect(
    fp.flow(
      fp.map((n: number) => n + 1),
      fp.sum,
    )([1, 2]),
  ).toBe(5)
  expect(chunk([1, 2, 3], 2)).toEqual([[1, 2], [3]])
  expect(R.pipe(R.map(R.inc), R.sum)([1, 2])).toBe(5)
  expect(produce({ a: 1 }, (draft) => void (draft.a = 2))).toEqual({ a: 2 })
  expect(__assign({ a: 1 }, { b: 2 })).toEqual({ a: 1, b: 2 })
  expect(superjson.parse(superjson.stringify(new Map([[1, new Date(0)]])))).toEqual(
    new Map([[1, new Date(0)]]),
  )
  expect(await firstValueFrom(of(1).pipe(map((n) => n + 1)))).toBe(2)
  expect(await Bluebird.map([1, 2], (n) => n * 2)).toEqual([2, 4])
})

it('know dates and units', () => {
  expect(formatISO(addDays(new Date(2024, 1, 28), 2), { representation: 'date' })).toBe('2024-03-01')
  expect(dayjs.extend(utc).utc('2024-01-01').add(1, 'month').format('YYYY-MM-DD')).toBe('2024-02-01')
  expect(DateTime.fromISO('2024-02-29', { zone: 'utc' }).plus({ years: 1 }).toISODate()).toBe('2025-02-28')
  expect(ms('2 days')).toBe(172_800_000)
})

it('read and write formats', () => {
  expect(lookup('a.json')).toBe('application/json')
  expect(mime.contentType('html')).toBe('text/html; charset=utf-8')
  expect(parse('a[b]=1')).toEqual({ a: { b: '1' } })
  expect(qs.stringify({ a: [1, 2] }, { encode: false })).toBe('a[0]=1&a[1]=2')
  expect(iconv.decode(Buffer.from([0xe9]), 'latin1')).toBe('é')
  expect(iconv.encode('日本', 'shift_jis')).toHaveLength(4)
  expect(loadYaml('a: [1, 2]')).toEqual({ a: [1, 2] })
  expect(parseToml('[a]\nb = 1')).toEqual({ a: { b: 1 } })
  expect(new XMLParser().parse('<a><b>1</b></a>')).toEqual({ a: { b: 1 } })
  expect(parseCookie('a=1; b=2')).toEqual({ a: '1', b: '2' })
  expect(cheerio.load('<p>a</p>')('p').text()).toBe('a')
  expect(marked.parse('# a')).toBe('<h1>a</h1>\n')
})

it('know versions, as one instance however they are reached', () => {
  expect(satisfies('1.2.3', '^1.0.0')).toBe(true)
  expect(deepSatisfies).toBe(semver.satisfies)
  expect(deepGroupBy).not.toBe(lodash.groupBy) // Two files of lodash, in Node, too.
})

it('log', () => {
  const lines: string[] = []
  const log = debug('packages')
  log.enabled = true
  log.log = (...words: unknown[]) => void lines.push(words.join(' '))
  log('hello %s', 'you')
  expect(lines[0]).toMatch(/Z packages hello %s you$/)
  expect(pino({ enabled: false }).info).toBeTypeOf('function')
})

it('route and render', async () => {
  const app = new Hono().get('/:name', (c) => c.html(html`<p>${c.req.param('name')}</p>`))
  expect(await (await app.request('/<you>')).text()).toBe('<p>&lt;you&gt;</p>')
  const router = AutoRouter().get('/:name', ({ params }) => params)
  expect(await (await router.fetch(new Request('http://example.com/you'))).json()).toEqual({ name: 'you' })
  function Counter({ start }: { start: number }) {
    return createElement('b', null, useState(start)[0])
  }
  expect(renderToString(createElement(Counter, { start: 3 }))).toBe('<b>3</b>')
  const stream = await renderToReadableStream(createElement(Counter, { start: 4 }))
  expect(await new Response(stream).text()).toBe('<b>4</b>')
  expect(renderPreact(h('b', null, 5))).toBe('<b>5</b>')
  expect(Handlebars.parse('{{a}}').body).toHaveLength(1)
})

it('answer queries', async () => {
  const schema = buildSchema('type Query { hello(name: String!): String }')
  const rootValue = { hello: ({ name }: { name: string }) => `Hello ${name}` }
  expect(await graphql({ schema, rootValue, source: '{ hello(name: "you") }' })).toEqual({
    data: { hello: 'Hello you' },
  })
  const Message = new protobuf.Type('Message').add(new protobuf.Field('id', 1, 'int32'))
  expect(Message.fields['id']?.id).toBe(1)
  const people = sqliteTable('people', { id: integer().primaryKey(), name: text().notNull() })
  const db = drizzle(env.DB)
  await db.run(sql`CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL)`)
  await db.insert(people).values([{ name: 'Ann' }, { name: 'Bob' }])
  expect(await db.select().from(people).where(eq(people.name, 'Bob'))).toEqual([{ id: 2, name: 'Bob' }])
  const kysely = new Kysely<{ people: { name: string } }>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  expect(kysely.selectFrom('people').select('name').compile().sql).toBe('select "name" from "people"')
  expect(new pg.Client({ connectionString: 'postgres://u:p@localhost/db' }).database).toBe('db')
  expect(pg.types.builtins.BOOL).toBe(16)
})

it('call services', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const { url } = new Request(input)
    if (url.includes('/v1/customers')) return Response.json({ id: 'cus_1', object: 'customer' })
    if (url.includes('/chat/completions')) return Response.json({ choices: [{ message: { content: 'Hi' } }] })
    if (url.includes('dynamodb')) return Response.json({ TableNames: ['a'] })
    return Response.json({ url })
  })
  const stripe = new Stripe('sk_test_1', { httpClient: Stripe.createFetchHttpClient() })
  expect((await stripe.customers.retrieve('cus_1')).id).toBe('cus_1')
  const openai = new OpenAI({ apiKey: 'k', fetch: globalThis.fetch })
  const { choices } = await openai.chat.completions.create({ model: 'm', messages: [] })
  expect(choices[0]?.message.content).toBe('Hi')
  const { data } = await axios.get('http://example.com/a', { adapter: 'fetch' })
  expect(data).toEqual({ url: 'http://example.com/a' })
  const { DynamoDBClient, ListTablesCommand } = await import('@aws-sdk/client-dynamodb')
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const client = new DynamoDBClient({ region: 'eu-west-1', credentials })
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['a'])
  fetched.mockRestore()
})

it('sign users in', async () => {
  const { betterAuth } = await import('better-auth')
  const { memoryAdapter } = await import('better-auth/adapters/memory')
  const auth = betterAuth({
    baseURL: 'http://example.com',
    secret: '0123456789abcdef0123456789abcdef',
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
  })
  const body = { email: 'ann@example.com', password: 'correct horse', name: 'Ann' }
  expect((await auth.api.signUpEmail({ body })).user.name).toBe('Ann')
})

it('run WebAssembly that lies in them', async () => {
  const image = new Uint8Array([255, 0, 0, 255])
  expect(decodePng(encodePng(image, 1, 1)).image).toEqual(image)
  expect(tiktokenWasm).toBeInstanceOf(WebAssembly.Module)
  await init((imports) => WebAssembly.instantiate(tiktokenWasm, imports))
  const encoder = new Tiktoken(ranks.bpe_ranks, ranks.special_tokens, ranks.pat_str)
  expect([...encoder.encode('hello world')]).toEqual([15339, 1917])
  encoder.free()
})
