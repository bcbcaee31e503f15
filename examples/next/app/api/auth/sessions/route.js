import { us } from '../../../../lib/us.js'

export const { GET, DELETE } = us.api()
