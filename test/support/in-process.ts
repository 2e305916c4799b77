/** Commands that are called in the process of the test: what they print, where they work, and what they find in their environment. */

export interface Printed {
  stdout: string;
  stderr: string;
}

/** For every test of the file: nothing of ours is in the environment, and folder and environment are put back after it. */
export function commandsInProcess(): Printed {
  const start = process.cwd();
  const { env } = process;
  const printed = { stdout: '', stderr: '' };
  beforeEach(() => {
    Object.assign(printed, { stdout: '', stderr: '' });
    process.env = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(DAYBREAK|TEMPORAL)_/.test(name)));
    for (const name of ['stdout', 'stderr'] as const)
      jest.spyOn(process[name], 'write').mockImplementation((text) => {
        printed[name] += String(text);
        return true;
      });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.env = env;
    process.chdir(start);
  });
  return printed;
}
