/** Writes the JSON Schema that editors read; a test says when that is due. Usage: npm run schema */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pipelineSchemaText } from '../src/adapters/definition/json-schema';

writeFileSync(resolve(__dirname, '..', 'schema', 'pipeline.schema.json'), pipelineSchemaText());
