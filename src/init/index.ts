/** Making a pipeline folder: from nothing, or from people's files. */
export { initFromFiles, type MadePipeline } from './from-files';
export { initStarter } from './starter';
