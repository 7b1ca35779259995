# What CI does, in the same order.
ready:
  bash .ci/run

# Installs, builds, and runs the tests of examples/guestbook inside workerd.
demo:
  npm run demo

# Installs, builds, and runs every test. Arguments go to Vitest.
test *args:
  npm test -- {{args}}

# Builds the addon (release) and dist/.
build:
  npm run build

# Times whole runs. Arguments are those of benchmark/README.md.
bench *args:
  npm run bench -- {{args}}

# Feeds arbitrary bytes to what parses them. Arguments: targets (default: all), and --seconds for each.
fuzz *args:
  node scripts/fuzz.mjs {{args}}

# Formats both languages.
fmt:
  cargo fmt && cargo fmt --manifest-path fuzz/Cargo.toml && node node_modules/oxfmt/bin/oxfmt .
