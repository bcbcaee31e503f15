import { betterAuthApp } from './better-auth-app.js'
import { webContract } from './binding-contract.js'

webContract('Express 5 with Better Auth', betterAuthApp())
