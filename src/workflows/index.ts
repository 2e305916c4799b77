/** The workflows that a worker registers. */
export { customerAnalytics, runPipeline } from './customer-analytics';
