import { createHash } from 'node:crypto'

/** Whole numbers below the one given, which look random and are the same each time for the same seed. */
export function createRandom(seed: number): (below: number) => number {
  let calls = 0
  return (below) => createHash('sha256').update(`${seed} ${calls++}`).digest().readUInt32BE() % below
}
