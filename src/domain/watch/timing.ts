/** Steps of runs and their times. Plain data, which imports nothing. */

/** A step as its workflow saw it, with all of its attempts and waits. */
export interface StepTiming {
  /** Activity type: `extract_orders`; all lanes of a source are one step. */
  readonly step: string;
  /** When it was asked for, ISO 8601. */
  readonly at: string;
  /** Until it was done, or had failed. */
  readonly seconds: number;
  readonly rows?: number;
  /** Of the lane or model that needed most, where it was more than one. */
  readonly attempts?: number;
  /** It was there already, with all of its lanes. */
  readonly reused?: boolean;
  readonly failed?: boolean;
}

/** A step that may still go on. */
export type TimedStep = Omit<StepTiming, 'seconds'> & { readonly seconds?: number };

/** A step of a run, and how long it usually takes for as many records as there are now, in seconds. */
export interface StepExpectation {
  /** Activity type: `extract_orders`. */
  readonly step: string;
  readonly p50: number;
  readonly p90: number;
  /** Nights that it is known from. */
  readonly runs: number;
}

/** When data are needed: the instant, ISO 8601, and what people call it. */
export interface Deadline {
  readonly at: string;
  /** `07:30 Europe/Berlin` */
  readonly text: string;
}
