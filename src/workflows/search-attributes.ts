/** Our search attributes; workflows set them, clients list by them. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

export const searchAttributes = {
  pipeline: defineSearchAttributeKey('daybreakPipeline', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('daybreakStage', SearchAttributeType.KEYWORD),
  outcome: defineSearchAttributeKey('daybreakOutcome', SearchAttributeType.KEYWORD),
};
