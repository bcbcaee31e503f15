import { nextScopes } from './next-app.js'
import { sealedInterleavings } from './sealed-interleavings.js'

// The page and the API on Next itself: test/examples/next.test.ts.
sealedInterleavings('Next with iron-session', nextScopes)
