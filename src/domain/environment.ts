/** References to the environment, `${env:NAME}`: what they stand for is read by who connects, and never written down. */

/** A text that is nothing but a reference. */
export const ENVIRONMENT_REFERENCE = /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/;

/** `${env:NAME}` → `NAME` */
export const variableOf = (reference: string): string => reference.slice('${env:'.length, -1);
