import { readFile } from 'node:fs/promises'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Logger } from '@hygeia/runtime/log'
import type { AgentConfig } from '../config/config.ts'
import { configuredBy, PipelineDocument, pipelineOf } from './document.ts'

/** Replaces the last good pipeline; after a power cut the old or the new one is there as a whole. */
export function writePipeline(path: string, document: PipelineDocument): Promise<void> {
  return writeAtomic(path, `${JSON.stringify(document, undefined, 2)}\n`)
}

/**
 * The pipeline to start with: the last good one, or the configuration's own when none was deployed, when it cannot
 * be read, or when somebody edited the configuration since.
 */
export async function lastGoodPipeline(
  path: string,
  config: AgentConfig,
  { log }: { readonly log: Logger },
): Promise<PipelineDocument> {
  const own = pipelineOf(config)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return own
  }
  try {
    const document = PipelineDocument.parse(JSON.parse(text))
    configuredBy(config, document)
    if (document.base === own.base) return document
    log.warn('the configuration was edited after the last deploy: what it says runs')
  } catch {
    log.error('the deployed pipeline cannot be read: what the configuration says runs')
  }
  return own
}
