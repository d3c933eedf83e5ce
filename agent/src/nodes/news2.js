export { default } from './news2.ts'
