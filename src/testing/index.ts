export type { ContractCase, OpenTestStorage } from './storage/stage.js'
export { storageContract } from './storage-contract.js'
