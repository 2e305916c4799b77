/** The environment, and the file that Temporal's tools share: what is wrong is said with its place. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, loadWhatIsRight } from '../src/config';
import { removeTemporaryFolders, temporaryFolder } from './dev/temporary';

afterAll(removeTemporaryFolders);

const file = join(temporaryFolder(), 'temporal.toml');
const withFile = (text: string, more: NodeJS.ProcessEnv = {}) => {
  writeFileSync(file, text);
  return { TEMPORAL_CONFIG_FILE: file, ...more };
};
const told = (environment: NodeJS.ProcessEnv): string => {
  try {
    loadConfig(environment);
    return 'nothing';
  } catch (error) {
    expect(error).toMatchObject({ kind: 'BadRequest' });
    return (error as Error).message;
  }
};

test("Temporal's file gives the address and the namespace", () => {
  const { temporal } = loadConfig(withFile('[profile.default]\naddress = "far:7233"\nnamespace = "shop"\n'));
  expect(temporal).toMatchObject({ configured: true, address: 'far:7233', namespace: 'shop' });
  expect(loadConfig(withFile('[profile.other]\naddress = "far:7233"\n')).temporal.configured).toBe(false);
});

test.each([
  { is: 'an empty file', text: '', says: 'it has no table of profiles; expected TOML with a table [profile.default]' },
  { is: 'one with nothing but other keys', text: 'address = "far:7233"\n', says: 'it has no table of profiles' },
  { is: 'a profile that is none', text: 'profile.default = "far"\n', says: 'it has no table of profiles' },
  { is: 'no TOML', text: '\naddress: far\n', at: ':2:', says: 'Invalid TOML' },
])('$is: the file, what was expected, what to do', ({ text, at = ': ', says }) => {
  const message = told(withFile(text));
  expect(message.startsWith(`${file}${at}`)).toBe(true);
  expect(message).toContain(`the settings of Temporal are not understood: ${says}`);
  expect(message).toMatch(/^next: correct the file, or take it away/m);
  expect(message).not.toContain('undefined');
});

test('a profile that is not in the file, and settings of the environment that are no good', () => {
  const sound = '[profile.default]\naddress = "far:7233"\n';
  expect(told(withFile(sound, { TEMPORAL_PROFILE: 'prod' }))).toMatch(/Profile 'prod' not found .* \[profile\.prod\]/);
  const certificate = { TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere.key' };
  const message = told(withFile(sound, certificate));
  expect(message).toContain('/nowhere.pem');
  expect(message).toContain('next: correct the environment variables that begin with TEMPORAL_');
});

test('who looks at what is wrong gets the rest, and why', () => {
  const { config, problems } = loadWhatIsRight(withFile('', { DAYBREAK_TASK_QUEUE: 'shop' }));
  expect(config).toMatchObject({ taskQueue: 'shop', temporal: { configured: false } });
  expect(problems).toEqual([expect.stringContaining(`${file}: the settings of Temporal are not understood`)]);
});

test.each(["o'brien", 'night "shift"', 'shop 2', 'shop\\', 'shop\u0007'])('%j is no name of a task queue', (name) => {
  expect(told({ DAYBREAK_TASK_QUEUE: name })).toContain(
    'DAYBREAK_TASK_QUEUE: expected a name without blanks, quotes and backslashes such as daybreak',
  );
});

test('a task queue may have letters of any language, and what stands between parts of names', () => {
  expect(loadConfig({ DAYBREAK_TASK_QUEUE: 'läden/nord:1.2_a-b' }).taskQueue).toBe('läden/nord:1.2_a-b');
});

test('metrics are served at an address with a port, and nowhere unless that is said', () => {
  expect(loadConfig({}).metrics).toBeUndefined();
  expect(loadConfig({ DAYBREAK_METRICS: '' }).metrics).toBeUndefined();
  for (const address of ['127.0.0.1:9464', '0.0.0.0:9464', '[::1]:9464'])
    expect(loadConfig({ DAYBREAK_METRICS: address }).metrics).toBe(address);
  for (const address of ['9464', 'localhost:9464', '127.0.0.1', ':9464'])
    expect(told({ DAYBREAK_METRICS: address })).toContain('DAYBREAK_METRICS: expected an IP address and a port');
});

test('traces are made where OpenTelemetry is told where they go', () => {
  expect(loadConfig({}).traces).toBe(false);
  expect(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }).traces).toBe(true);
  expect(told({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).toContain('OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL');
});

test('lineage is told where a URL is declared', () => {
  expect(loadConfig({}).lineageUrl).toBeUndefined();
  const url = 'https://lineage.example/api/v1/lineage';
  expect(loadConfig({ DAYBREAK_LINEAGE_URL: url }).lineageUrl).toBe(url);
  for (const wrong of ['lineage.example', 'ftp://lineage.example'])
    expect(told({ DAYBREAK_LINEAGE_URL: wrong })).toContain('DAYBREAK_LINEAGE_URL: expected a URL such as http://');
  expect(told({ DAYBREAK_LINEAGE_URL: 'https://user:secret@lineage.example' })).not.toContain('secret');
});
