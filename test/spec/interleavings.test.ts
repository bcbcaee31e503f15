import { startExpress } from '../contract/express-app.js'
import { interleavings } from '../contract/interleavings.js'

interleavings(startExpress, [
  { resave: false, rolling: false },
  { resave: true, rolling: false },
  { resave: false, rolling: true },
  { resave: true, rolling: true },
])
