import type { Figure } from './figure.js'
import { figure } from './figure.js'

/** Milliseconds that something takes, and what it comes to. */
export async function timed<Result>(
  run: () => Promise<Result>,
): Promise<{ readonly ms: number; readonly result: Result }> {
  const began = process.hrtime.bigint()
  const result = await run()
  return { ms: Number(process.hrtime.bigint() - began) / 1e6, result }
}

/** Runs what is compared by turns, first one then the other in front; what each came to, round by round. */
export async function paired<A, B>(rounds: number, ours: () => Promise<A>, theirs: () => Promise<B>) {
  const all: { readonly ours: A; readonly theirs: B }[] = []
  // The first ones only warm up.
  const warmUp = rounds > 1 ? 3 : 1
  for (let round = 0; round < rounds + warmUp; round++) {
    const first = round % 2 === 0 ? undefined : await theirs()
    const own = await ours()
    const other = first ?? (await theirs())
    if (round >= warmUp) all.push({ ours: own, theirs: other })
  }
  return all
}

/** Makes figures of one bench. */
export function figuresOf(bench: string) {
  return (name: string, metric: string, unit: string, samples: readonly number[]): Figure =>
    figure({ bench, case: name, metric, unit }, samples)
}

/** `1M`, `200k`, `10`. */
export function short(count: number): string {
  if (count >= 1e6) return `${count / 1e6}M`
  return count >= 1e4 ? `${count / 1e3}k` : String(count)
}
