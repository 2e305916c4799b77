/** Making a pipeline folder: from nothing, from people's files, or from the catalogue of a database. */
export { initFromDatabase, type MadeFromDatabase } from './database/from-database';
export { initFromFiles, type MadePipeline } from './from-files';
export { initStarter } from './starter';
