/** docker-compose.yml, Dockerfile and .env.example say the same. No container engine is needed to know that. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';

const root = join(__dirname, '..', '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const text = read('docker-compose.yml');
const document = parseDocument(text, { strict: true, uniqueKeys: true });
const compose = document.toJS() as Compose;
const services = Object.entries(compose.services);
const service = (name: string): Service => compose.services[name] ?? {};

/** Variables that .env.example names. */
const documented = new Map(
  read('.env.example')
    .split('\n')
    .flatMap((line) => {
      const [, name, value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value] as const];
    }),
);

test('docker-compose.yml is YAML without errors or warnings', () => {
  expect([...document.errors, ...document.warnings]).toEqual([]);
  expect(Object.keys(compose.services).sort()).toEqual(
    ['postgres', 'shop', 'temporal', 'temporal-ui', 'worker', 'watch', 'prometheus', 'grafana'].sort(),
  );
});

test.each(services)(
  '%s: a pinned image, ports on loopback only, volumes that are declared',
  (_, { image, ...rest }) => {
    expect(image).toMatch(/^[a-z][a-z0-9/-]*:v?\d+(\.\d+)+(-[a-z0-9]+)?$/);
    for (const port of rest.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const named = (rest.volumes ?? []).flatMap((volume) => /^[a-z]+(?=:)/.exec(volume) ?? []);
    expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
  },
);

test('each waits for what it needs until that is healthy', () => {
  for (const [, { depends_on: needs = {} }] of services) {
    for (const [name, { condition }] of Object.entries(needs)) {
      expect(condition).toBe('service_healthy');
      expect(service(name).healthcheck?.test[0]).toBe('CMD');
    }
  }
  expect(service('worker').depends_on).toHaveProperty('temporal');
});

test('the worker runs what its image runs: the built worker', () => {
  const [, command = '[]'] = /^CMD (.+)$/m.exec(read('Dockerfile')) ?? [];
  expect(service('worker').command).toEqual(JSON.parse(command));
  expect(service('worker').command).toEqual(['node', 'dist/worker.js']);
  expect(service('watch').command).toEqual(['node', 'dist/worker.js', '--only', 'watch']);
});

test('the worker’s health check is a script of ours that the image contains', () => {
  const [, , path = ''] = service('worker').healthcheck?.test ?? [];
  expect(existsSync(join(root, path))).toBe(true);
  expect(read('Dockerfile')).toContain('COPY scripts scripts');
});

test('every ${VARIABLE} is in .env.example, with the same default', () => {
  const used = [...text.matchAll(/\$\{([A-Z_]+)(?::?-([^}]*))?\}/g)];
  expect(used.length).toBeGreaterThan(0);
  for (const [, name = '', fallback = ''] of used) {
    expect([...documented.keys()]).toContain(name);
    expect({ [name]: documented.get(name) }).toEqual({ [name]: fallback });
  }
});

test('what only watches is on the queue of the worker, and has its settings', () => {
  const { environment = {} } = service('worker');
  for (const [name, value] of Object.entries(service('watch').environment ?? {}))
    expect({ [name]: environment[name] }).toEqual({ [name]: value });
});

test('every setting of the worker is in .env.example, and the store is on its volume', () => {
  const environment = service('worker').environment ?? {};
  for (const name of Object.keys(environment)) expect([...documented.keys()]).toContain(name);
  expect(service('worker').volumes).toContain(`store:${environment.DAYBREAK_HOME}`);
  expect(read('Dockerfile')).toContain(`ENV DAYBREAK_HOME=${environment.DAYBREAK_HOME}`);
});

test('Prometheus and Grafana have the files of deploy/ where they look for them, and Prometheus the worker', () => {
  const mounts = (name: string) =>
    new Map(
      (service(name).volumes ?? []).map((volume) => volume.split(':').slice(0, 2).toReversed() as [string, string]),
    );
  const home = service('grafana').environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
  const provider = parseDocument(read('deploy/grafana/provisioning/dashboards/daybreak.yml')).toJS() as {
    providers: readonly { options: { path: string } }[];
  };
  expect(provider.providers.map(({ options }) => options.path)).toEqual([dirname(home)]);
  for (const [name, inside] of [
    ['prometheus', '/etc/prometheus/prometheus.yml'],
    ['prometheus', '/etc/prometheus/rules.yml'],
    ['grafana', home],
    ['grafana', '/etc/grafana/provisioning/datasources/prometheus.yml'],
    ['grafana', '/etc/grafana/provisioning/dashboards/daybreak.yml'],
  ] as const) {
    const [mounted = '', outside = ''] = [...mounts(name)].find(([at]) => inside.startsWith(`${at}/`)) ?? [];
    expect(existsSync(join(root, outside, inside.slice(mounted.length)))).toBe(true);
  }
  const { scrape_configs: scraped } = parseDocument(read('deploy/prometheus/prometheus.yml')).toJS() as {
    scrape_configs: readonly { static_configs: readonly { targets: readonly string[] }[] }[];
  };
  const port = service('worker').environment?.DAYBREAK_METRICS?.split(':').at(-1);
  expect(scraped.flatMap(({ static_configs: some }) => some.flatMap(({ targets }) => targets))).toEqual([
    `worker:${port}`,
    `watch:${port}`,
  ]);
});

test('the image is built from what .dockerignore lets through, on glibc, and runs as an ordinary user', () => {
  const dockerfile = read('Dockerfile');
  const passed = read('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) => names.split(' '));
  expect(copied.length).toBeGreaterThan(0);
  for (const name of copied) expect(passed).toContain(name);
  for (const [, base] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(base).toBe('node:22-bookworm-slim');
  expect(dockerfile.indexOf('USER node')).toBeLessThan(dockerfile.indexOf('CMD '));
  expect(dockerfile).toContain('USER node');
});
