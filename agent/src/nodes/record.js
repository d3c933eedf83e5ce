export { default } from './record.ts'
