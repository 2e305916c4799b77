/** The workflows that a worker registers: any pipeline runs as customer analytics does. */
export { customerAnalytics, customerAnalytics as runPipeline } from './customer-analytics';
export { incident } from './incident';
export { watch } from './watch';
