import { story } from './story.js'

// Nest runs its hooks and then lets the signal do what it does.
for (const PLATFORM of ['express', 'fastify'])
  story('nest', { title: `Nest on ${PLATFORM}`, env: { PLATFORM }, exit: null })
