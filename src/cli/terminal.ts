import type { Output } from './command.js'

/** What {@link terminal} needs of a stream of the process. */
interface Stream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html: carriage return, then EL, which erases to the end of the line.
const CLEAR = '\r\u001b[K'

/** Results go to stdout, the rest to stderr; on a terminal a note takes the place of the one before. */
export function terminal(stdout: Stream, stderr: Stream): Required<Output> {
  let isNoted = false
  const line = (stream: Stream) => (text: string) => {
    stream.write(`${text}\n`)
  }
  const after = (write: (text: string) => void) => (text: string) => {
    if (isNoted) stderr.write(CLEAR)
    isNoted = false
    write(text)
  }
  return {
    out: after(line(stdout)),
    err: after(line(stderr)),
    note: stderr.isTTY
      ? (text) => {
          stderr.write(`${CLEAR}${text}`)
          isNoted = true
        }
      : line(stderr),
  }
}
