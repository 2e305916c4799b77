import { queryBeat } from '../../src/activities/beat';

const told = (beat: ReturnType<typeof queryBeat>, times: number) =>
  Array.from({ length: times }, () => beat.details()).map((details) => details?.fraction);

describe('the beats of a query', () => {
  it('come at every third second while it waits for the engine', () => {
    expect(told(queryBeat('transform_days'), 6)).toEqual([undefined, undefined, 0, undefined, undefined, 0]);
  });

  it('come at every second once it has begun, with what is done', () => {
    const beat = queryBeat('transform_days');
    beat.onProgress(0);
    expect(told(beat, 2)).toEqual([0, 0]);
    beat.onProgress(0.5);
    expect(told(beat, 2)).toEqual([0.5, 0.5]);
  });
});
