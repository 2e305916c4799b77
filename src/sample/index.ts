/** The sample shop: seeded, of any size, with defects on request. */
export { MARKER, makeSample } from './make';
export { DEFECTS, type Defect, type DefectName } from './options';
export { sampleStatements, TABLES } from './statements';
