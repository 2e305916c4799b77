/** All files of deploy/ that are made from code, by their path in it. */
import { stringify } from 'yaml';
import { DATASOURCE, dashboard } from './dashboard';
import { GENERATED, prometheusText, rulesText } from './prometheus';

/** Of docker-compose.yml: where Prometheus is for Grafana, and workers are for Prometheus. */
const PROMETHEUS = 'http://prometheus:9090';
const WORKERS = ['worker:9464'];
const WATCHES = ['watch:9464'];
/** Where Compose puts the dashboards. */
const DASHBOARDS = '/etc/grafana/dashboards';

const datasources = {
  apiVersion: 1,
  datasources: [
    {
      name: 'Prometheus',
      uid: DATASOURCE,
      type: 'prometheus',
      access: 'proxy',
      url: PROMETHEUS,
      isDefault: true,
      editable: false,
    },
  ],
};

const providers = {
  apiVersion: 1,
  providers: [{ name: 'daybreak', type: 'file', allowUiUpdates: false, options: { path: DASHBOARDS } }],
};

export const deployFiles = (): Readonly<Record<string, string>> => ({
  'prometheus/prometheus.yml': prometheusText(WORKERS, { watches: WATCHES }),
  'prometheus/rules.yml': rulesText(),
  'grafana/dashboards/daybreak.json': `${JSON.stringify(dashboard(), null, 2)}\n`,
  'grafana/provisioning/datasources/prometheus.yml': GENERATED + stringify(datasources),
  'grafana/provisioning/dashboards/daybreak.yml': GENERATED + stringify(providers),
});
