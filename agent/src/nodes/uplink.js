export { default } from './uplink.ts'
