import { us } from '../../../lib/us.js'

export const { GET, POST } = us.page()
