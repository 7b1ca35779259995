import { afterEach } from 'vitest'

// Nothing is undone. A hook that does nothing, so that `reset()` alone is the difference.
afterEach(() => {})
