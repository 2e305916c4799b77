/** Writes what deploy/ holds for Prometheus and Grafana; a test says when that is due. Usage: npm run deploy */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { deployFiles } from './deploy/files';

for (const [path, text] of Object.entries(deployFiles())) {
  const file = resolve(__dirname, '..', 'deploy', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
