/**
 * Who may import whom, each with its reason. In short:
 * domain ← adapters ← activities ← workflows (types) ← client ← cli; worker puts them together; report draws what
 * activities and client hand it; dev and sample stand aside.
 */

const WITHIN = (folders) => `^src/(${folders.join('|')})(/|[.]ts$)`;
const CONNECT = '^src/adapters/connect[.]ts$';
const NODE_MODULES = '(^|/)node_modules/';
const packages = (names) => `${NODE_MODULES}(${names.join('|')})/`;

/** `folder` may import from our own code only itself and `folders`. */
const only = (name, folder, folders, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: WITHIN([folder]) },
  to: { path: '^src/', pathNot: WITHIN([folder, ...folders]) },
});

/** `folder` may use, when it runs, only these packages; types cost nothing. */
const onlyPackages = (name, folder, names, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: WITHIN([folder]) },
  to: {
    path: NODE_MODULES,
    ...(names.length === 0 ? {} : { pathNot: packages(names) }),
    dependencyTypesNot: ['type-only'],
  },
});

const noBuiltIns = (name, folder, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: WITHIN([folder]) },
  to: { dependencyTypes: ['core'] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only(
      'domain-is-pure',
      'domain',
      [],
      'The domain is arithmetic and judgement: it is tested in milliseconds and runs inside workflows, so it knows nobody.',
    ),
    onlyPackages('domain-uses-zod-only', 'domain', ['zod'], 'What the domain pulls in, everybody gets.'),
    noBuiltIns('domain-does-no-io', 'domain', 'Node built-ins break the workflow bundle, and I/O breaks replay.'),
    {
      name: 'adapters-know-the-domain-only',
      comment:
        'An adapter turns a vendor into our words; what happens with it is decided elsewhere. connect.ts is where they meet.',
      severity: 'error',
      from: { path: WITHIN(['adapters']), pathNot: CONNECT },
      to: { path: '^src/', pathNot: WITHIN(['adapters', 'domain']) },
    },
    {
      name: 'connect-makes-adapters-of-configuration',
      comment:
        'The one place that chooses adapters: it gets the configuration, and hands over what activities ask for, as types.',
      severity: 'error',
      from: { path: CONNECT },
      to: { path: '^src/', pathNot: WITHIN(['adapters', 'domain', 'config', 'activities']) },
    },
    {
      name: 'connect-sees-activities-and-configuration-as-types',
      comment:
        'What activities need is their contract; reading the environment is for config.ts, running activities for the worker.',
      severity: 'error',
      from: { path: CONNECT },
      to: { path: WITHIN(['config', 'activities']), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-those-who-put-together-connect',
      comment: 'Who imports connect.ts gets every vendor; that is for the worker, and for who plans as it does.',
      severity: 'error',
      from: { path: '^src/', pathNot: WITHIN(['worker', 'preview']) },
      to: { path: CONNECT, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'adapters-do-not-know-temporal',
      comment:
        'A source, store or engine works without Temporal: heartbeats and cancellation reach it as callbacks and signals.',
      severity: 'error',
      from: { path: WITHIN(['adapters']) },
      to: { path: packages(['@temporalio']) },
    },
    only(
      'activities-know-domain-and-adapter-contracts',
      'activities',
      ['domain', 'adapters', 'report'],
      'An activity is one verb over contracts: it neither reads the environment nor knows who called it.',
    ),
    {
      name: 'activities-get-their-adapters-handed-in',
      comment:
        'Activities see adapters as types only; which one is behind a contract is decided by adapters/connect.ts, so that every adapter fits every activity.',
      severity: 'error',
      from: { path: WITHIN(['activities']) },
      to: { path: WITHIN(['adapters']), dependencyTypesNot: ['type-only'] },
    },
    onlyPackages(
      'activities-use-temporals-activity-api-only',
      'activities',
      ['@temporalio/activity', '@temporalio/common'],
      'A vendor used here would go around its adapter; a client used here would go around the workflow.',
    ),
    only(
      'report-draws-what-it-is-given',
      'report',
      ['domain', 'adapters'],
      'A report is made of an edition by an activity and by a command alike: both hand it tables and facts.',
    ),
    {
      name: 'report-sees-adapters-as-types',
      comment:
        'It asks a workspace that it is handed; which engine and which destination is behind it is not its business.',
      severity: 'error',
      from: { path: WITHIN(['report']) },
      to: { path: WITHIN(['adapters']), dependencyTypesNot: ['type-only'] },
    },
    onlyPackages(
      'report-uses-what-draws-only',
      'report',
      ['react', 'react-dom', '@visx'],
      'What draws is drawn from nowhere else: no network, no file, no browser.',
    ),
    noBuiltIns('report-does-no-io', 'report', 'Where a page is put is for a destination.'),
    only(
      'workflows-know-domain-and-activity-types',
      'workflows',
      ['domain', 'activities'],
      'Workflow code is replayed: whatever else it touches is a difference between now and then.',
    ),
    {
      name: 'workflows-see-activities-as-types',
      comment: 'A value imported from an activity would pull Node and the vendors into the workflow bundle.',
      severity: 'error',
      from: { path: WITHIN(['workflows']) },
      to: { path: WITHIN(['activities']), dependencyTypesNot: ['type-only'] },
    },
    onlyPackages(
      'workflows-use-temporals-workflow-api-only',
      'workflows',
      ['@temporalio/workflow', '@temporalio/common'],
      'Every package in the bundle is cached once a worker and must be deterministic; zod alone would more than double it.',
    ),
    noBuiltIns('workflows-use-no-node', 'workflows', 'Node built-ins do not exist in the workflow sandbox.'),
    only(
      'tracing-is-around-services',
      'tracing',
      ['activities', 'adapters'],
      'Spans are put around what activities work with, by the worker; nobody inside knows that there are any.',
    ),
    {
      name: 'tracing-sees-services-as-types',
      comment: 'It gets what it wraps handed in.',
      severity: 'error',
      from: { path: WITHIN(['tracing']) },
      to: { path: WITHIN(['activities', 'adapters']), dependencyTypesNot: ['type-only'] },
    },
    only(
      'config-knows-the-domain-only',
      'config',
      ['domain'],
      'Configuration is read first; everything else gets it handed in.',
    ),
    only(
      'client-starts-and-reads',
      'client',
      ['domain', 'workflows', 'config', 'adapters', 'temporal', 'published'],
      'The client is what users’ own programs embed: it does not bring a worker, a command line or a dev server along.',
    ),
    only(
      'published-reads-the-store',
      'published',
      ['domain', 'config', 'adapters', 'activities', 'report'],
      'What is published is read without Temporal, so that it can be read when Temporal is away.',
    ),
    only(
      'preview-plans-as-a-run-does',
      'preview',
      ['domain', 'config', 'adapters', 'activities'],
      'What a run would do is worked out by the code that a run plans with, without Temporal.',
    ),
    only(
      'alerts-speaks-through-the-channels',
      'alerts',
      ['domain', 'config', 'adapters'],
      'What a channel answers is found out by the code that rings at night, without Temporal.',
    ),
    only(
      'doctor-looks-at-everything',
      'doctor',
      ['domain', 'config', 'adapters', 'temporal', 'dev'],
      'It tells what is wrong where a run would find it; it starts none, and changes nothing.',
    ),
    only(
      'temporal-is-about-connections',
      'temporal',
      ['domain', 'config', 'activities'],
      'How we speak to a Temporal server is the same for worker and client, and knows neither.',
    ),
    {
      name: 'client-side-sees-activities-as-types',
      comment: 'Activities run in a worker; their types say what travels.',
      severity: 'error',
      from: { path: WITHIN(['client', 'published', 'temporal', 'cli']) },
      to: { path: WITHIN(['activities']), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'client-sees-workflows-as-types',
      comment: 'Workflow code outside of a workflow fails when it runs; names and types are all that a client needs.',
      severity: 'error',
      from: { path: WITHIN(['client']) },
      to: { path: WITHIN(['workflows']), dependencyTypesNot: ['type-only'] },
    },
    only(
      'cli-goes-through-the-client',
      'cli',
      [
        'client',
        'published',
        'preview',
        'alerts',
        'doctor',
        'temporal',
        'dev',
        'domain',
        'config',
        'sample',
        'init',
        'adapters',
      ],
      'A command does nothing that a program could not do through the client; finding or starting a server is its own.',
    ),
    {
      name: 'cli-reads-definitions-only',
      comment: 'Of the adapters, commands use the reader of pipeline folders (for `validate`); data are the client’s.',
      severity: 'error',
      from: { path: WITHIN(['cli']) },
      to: { path: WITHIN(['adapters']), pathNot: '^src/adapters/definition', dependencyTypesNot: ['type-only'] },
    },
    only(
      'dev-stands-aside',
      'dev',
      ['domain'],
      'Getting and starting a local Temporal is nothing that the pipeline knows of.',
    ),
    only(
      'init-reads-files-and-writes-folders',
      'init',
      ['domain', 'adapters'],
      'Making a folder needs sources and an engine, and neither a run nor Temporal.',
    ),
    only(
      'sample-stands-aside',
      'sample',
      ['domain'],
      'The sample shop is input like any other: nothing is tuned to it.',
    ),
    {
      name: 'nobody-imports-the-worker',
      comment: 'The worker puts everything together and is a process: who needs one starts it by its path.',
      severity: 'error',
      from: { path: '^src/', pathNot: WITHIN(['worker']) },
      to: { path: WITHIN(['worker']) },
    },
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A module that neither uses nor is used is left over.',
      severity: 'error',
      from: { orphan: true, pathNot: '[.]d[.]ts$' },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that cannot be resolved fails only when it runs.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-packages',
      comment:
        'What runs in production is declared in dependencies: nothing that only happens to be installed, nothing for development.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
