import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process of a bench, which answers one message at a time. */
export class Child implements Disposable {
  readonly #process: ChildProcess

  constructor(script: string, args: readonly string[], execArgv: readonly string[] = []) {
    this.#process = fork(fileURLToPath(new URL(`./${script}.js`, import.meta.url)), [...args], {
      execArgv: [...execArgv],
    })
  }

  /** Asks and waits for the answer. */
  ask<Answer>(question: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const exited = (code: number | null) => reject(new Error(`A process of the bench exited with ${code}.`))
      this.#process.once('exit', exited)
      this.#process.once('message', (answer: Answer) => {
        this.#process.off('exit', exited)
        resolve(answer)
      })
      this.#process.send(question)
    })
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL')
  }
}

/** In the child: answers each question. */
export function answering(answer: (question: Record<string, unknown>) => Promise<unknown>): void {
  process.on('message', (question: Record<string, unknown>) => {
    answer(question).then(
      (value) => process.send?.(value ?? null),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  // Nothing outlives the bench.
  process.on('disconnect', () => process.exit())
}
