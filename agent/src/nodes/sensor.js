export { default } from './sensor.ts'
