import { domainFiles, runFiles } from './in-one-process.ts'

runFiles(domainFiles())
