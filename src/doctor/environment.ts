/** Environment variables that look like mistakes. */
import { didYouMean } from '../adapters/definition/issues';
import { SETTINGS } from '../config';
import { bad, type Finding, good, warn } from './finding';

type Environment = Readonly<Record<string, string | undefined>>;

/** Of Temporal's own tools; there are more, so only what is nearly one of these is doubted. */
const TEMPORAL = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS',
];

/** `problems` are those of the values. */
export function checkEnvironment(environment: Environment, problems: readonly string[]): Finding[] {
  const set = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [name],
  );
  const found: Finding[] = problems.map((problem) => bad('environment', problem, 'correct it; see .env.example'));
  for (const name of set.filter((one) => one.startsWith('DAYBREAK_') && !SETTINGS.includes(one))) {
    const says = `${name} is set, and nothing reads it${didYouMean(name, SETTINGS)}`;
    found.push(warn('environment', says, 'correct the name, or unset it; .env.example lists what there is'));
  }
  for (const name of set.filter((one) => one.startsWith('TEMPORAL_') && !TEMPORAL.includes(one))) {
    const guess = name.startsWith('TEMPORAL_TLS_') ? '' : didYouMean(name, TEMPORAL);
    if (guess !== '') found.push(warn('environment', `${name} is set${guess}`, 'correct the name, or unset it'));
  }
  if (set.includes('DAYBREAK_FAILPOINT')) {
    const says = `DAYBREAK_FAILPOINT=${environment.DAYBREAK_FAILPOINT} is armed: a worker will fail there on purpose`;
    found.push(bad('environment', says, 'unset DAYBREAK_FAILPOINT; it is for tests'));
  }
  if (found.length > 0) return found;
  const ours = set.filter((name) => /^(DAYBREAK|TEMPORAL)_/.test(name));
  return [good('environment', ours.length === 0 ? 'nothing is set; defaults hold' : ours.toSorted().join(', '))];
}
