import Ajv from 'ajv'
import { addDays } from 'date-fns'
import { eq } from 'drizzle-orm'
import { graphql } from 'graphql'
import { Hono } from 'hono'
import { produce } from 'immer'
import { SignJWT } from 'jose'
import { Kysely } from 'kysely'
import lodash from 'lodash'
import { chunk } from 'lodash-es'
import { DateTime } from 'luxon'
import OpenAI from 'openai'
import * as R from 'ramda'
import { createElement } from 'react'
import { of } from 'rxjs'
import semver from 'semver'
import Stripe from 'stripe'
import superjson from 'superjson'
import { expect, it } from 'vitest'
import { z } from 'zod'

it('has imported them', () => {
  const all = [Ajv, addDays, eq, graphql, Hono, produce, SignJWT, Kysely, lodash, chunk, DateTime, OpenAI]
  all.push(R.inc, createElement, of, semver.parse, Stripe, superjson.parse, z.string)
  for (const each of all) expect(each).toBeTypeOf('function')
})
