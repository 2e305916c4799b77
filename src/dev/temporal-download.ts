/**
 * Entry of a short-lived process: has the Temporal SDK download the CLI into a folder, and starts it once, so that what
 * arrived is known to run. A process of its own, because the SDK's download can be neither watched nor stopped.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [, , downloadDir, version] = process.argv;

async function main(): Promise<void> {
  if (downloadDir === undefined || version === undefined) throw new Error('expected a folder and a version');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, version } },
  });
  await environment.teardown();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    // Rust's chain of causes repeats itself: the last of them says it.
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message.split(': ').slice(-3).join(': ')}\n`, () => process.exit(1));
  },
);
