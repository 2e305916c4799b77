/** The sample shop: seeded, of any size, with defects on request. */
export { MARKER, makeSample, type SampleSummary } from './make';
export { DEFECTS, type Defect, type DefectName, type SampleOptions } from './options';
export { sampleStatements, TABLES } from './statements';
