import { applyD1Migrations, env } from 'cloudflare:test'

// Before all tests of each file. What tests write to these tables is undone, the tables stay.
await applyD1Migrations(env.CATALOG, env.CATALOG_MIGRATIONS)
await applyD1Migrations(env.ARCHIVE, env.ARCHIVE_MIGRATIONS)
