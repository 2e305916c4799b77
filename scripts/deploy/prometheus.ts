/** Prometheus' own files, as text. */
import { stringify } from 'yaml';
import { alerts, anchorOf, QUARANTINED_SHARE, TIMES, type Times } from './alerts';

export const GENERATED = '# Made by `npm run deploy` from scripts/deploy; change it there.\n';
const yaml = (content: unknown) => GENERATED + stringify(content, { lineWidth: 0 });

/** Rules of all alerts; a test has shorter times. */
export const rulesText = (times: Times = TIMES): string =>
  yaml({
    groups: [
      {
        name: 'daybreak',
        rules: [
          QUARANTINED_SHARE,
          ...alerts(times).map((alert) => ({
            alert: alert.name,
            expr: alert.expr,
            ...(alert.for === undefined ? {} : { for: alert.for }),
            labels: { severity: alert.severity },
            annotations: {
              summary: alert.summary,
              description: alert.description,
              runbook_url: `docs/runbook.md#${anchorOf(alert)}`,
            },
          })),
        ],
      },
    ],
  });

/**
 * Scrapes workers by the name `daybreak`, by which the rules know them. Those that only watch have another: none of them
 * takes a run on.
 */
export const prometheusText = (
  targets: readonly string[],
  {
    every = '15s',
    rules = 'rules.yml',
    watches = [],
  }: { readonly every?: string; readonly rules?: string; readonly watches?: readonly string[] } = {},
): string =>
  yaml({
    global: { scrape_interval: every, evaluation_interval: every },
    rule_files: [rules],
    scrape_configs: [
      { job_name: 'daybreak', static_configs: [{ targets }] },
      ...(watches.length === 0 ? [] : [{ job_name: 'daybreak-watch', static_configs: [{ targets: watches }] }]),
    ],
  });
