#!/usr/bin/env node
import { runCli } from './run-cli.js'

const code = await runCli(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
})
// Where stdout is a pipe, what is written may still be on its way. A pool in the config would keep the process running.
process.stdout.write('', () => process.exit(code))
