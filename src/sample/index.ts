/** The sample shop: seeded, of any size, as one or as nightly deliveries, with defects on request. */
export { createShop, fillShop, sellDay, SHOP_SCHEMA } from './database';
export { DEFECT_NAMES, DEFECTS, type Defect, type DefectName } from './defects';
export { MARKER, makeSample } from './make';
export { FORMATS, type Format } from './options';
export { TABLES } from './tables';
