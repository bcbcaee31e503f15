#!/usr/bin/env node
import { runCli } from './run-cli.js'
import { terminal } from './terminal.js'

const code = await runCli(process.argv.slice(2), terminal(process.stdout, process.stderr))
// Where stdout is a pipe, what is written may still be on its way. A pool in the config would keep the process running.
process.stdout.write('', () => process.exit(code))
