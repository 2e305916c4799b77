/** Names of our search attributes, all of type Keyword: workflows set them, clients list by them. */
export const SEARCH_ATTRIBUTES = {
  pipeline: 'daybreakPipeline',
  stage: 'daybreakStage',
  outcome: 'daybreakOutcome',
} as const;
