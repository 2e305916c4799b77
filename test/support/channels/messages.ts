/** Messages to send. */
import type { Message } from '../../../src/domain/watch/message';

let serial = 0;

/** An incident that is told, with every part that a message may have; ids are new each time. */
export function incidentMessage(given: Partial<Message> = {}): Message {
  serial += 1;
  return {
    id: `incident-${serial}/1`,
    kind: 'incident',
    thread: `daybreak-incident-${serial}`,
    event: 'opened',
    severity: 'critical',
    pipeline: 'corner-shop',
    owner: 'data',
    title: 'orders cannot be read, and the morning is at risk',
    sections: [
      { label: 'What happened', text: 'The database lets nobody in under this name.\nIt was tried 3 times.' },
      { label: 'Still safe', text: 'Yesterday’s edition is live; nothing is lost.' },
      { label: 'Done by itself', text: 'Products and users were read.' },
      { label: 'What remains', text: 'About 12 minutes of work before 07:30.' },
    ],
    command: 'daybreak run corner-shop',
    runbook: 'credentials',
    links: [{ label: 'Web UI', url: 'https://temporal.example.com/namespaces/default/workflows/run-1' }],
    at: '2026-11-26T02:10:00.000Z',
    ...given,
  };
}
