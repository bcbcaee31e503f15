/** One figure, as a line of JSON tells it. `min` and `max` are the spread of `n` samples, of which `value` is the median. */
export interface Figure {
  readonly bench: string
  /** Whose it is: `usersessions …`, `driver …`, `peer …`, `a/a …`. */
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly n: number
}

/** How a bench is run. */
export interface BenchOptions {
  /** Rows or sessions; the bench's own default when undefined. */
  readonly size: number | undefined
  /** Only to see that it runs: small, and its figures mean nothing. */
  readonly isSmoke: boolean
}

export type Bench = (options: BenchOptions) => AsyncIterable<Figure>

/** A figure of samples: their median, with the spread. */
export function figure(names: Pick<Figure, 'bench' | 'case' | 'metric' | 'unit'>, samples: readonly number[]): Figure {
  const sorted = [...samples].sort((a, b) => a - b)
  const round = (value: number | undefined) => Number((value ?? Number.NaN).toPrecision(4))
  return {
    ...names,
    value: round(quantile(sorted, 0.5)),
    min: round(sorted[0]),
    max: round(sorted.at(-1)),
    n: sorted.length,
  }
}

/** @param sorted in ascending order */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
