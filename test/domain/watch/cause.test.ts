import { type Cause, causeKey, normalised, withoutPersonal } from '../../../src/domain/watch/cause';

const cause: Cause = {
  pipeline: 'shop',
  kind: 'failed',
  failure: 'Transient',
  step: 'extract_orders',
  message: 'connection to 10.0.0.7:5432 lost after 312 s\nnext: wait',
};

describe('a root cause', () => {
  test.each([
    ['numbers', 'lost after 312 s', 'lost after 7 s'],
    ['ids', 'run 1a2b3c4d-1111-2222-3333-444455556666 is gone', 'run 99999999-aaaa-bbbb-cccc-ddddeeeeffff is gone'],
    ['paths', 'cannot read /var/data/a.csv', 'cannot read /mnt/other/b.csv'],
    ['quoted values', "no price: 'abc'", "no price: 'xyz'"],
    ['hashes', 'part deadbeef01 is damaged', 'part 0badcafe22 is damaged'],
    ['what follows the first line', 'gone\nat 3', 'gone\nat 4'],
  ])('is the same whatever the %s', (_, one, other) => {
    expect(normalised(one)).toBe(normalised(other));
    expect(causeKey({ ...cause, message: one })).toBe(causeKey({ ...cause, message: other }));
  });

  test('is the same for a step that is tried again and one that was given up', () => {
    expect(causeKey({ ...cause, kind: 'retrying' })).toBe(causeKey(cause));
  });

  test.each<[string, Partial<Cause>]>([
    ['pipeline', { pipeline: 'other' }],
    ['class', { failure: 'Credentials' }],
    ['step', { step: 'extract_users' }],
    ['words', { message: 'the table is gone' }],
  ])('is another one with another %s', (_, change) => {
    expect(causeKey({ ...cause, ...change })).not.toBe(causeKey(cause));
  });

  test('without a failure it goes by what is wrong, not by what was said', () => {
    const stuck: Cause = { ...cause, kind: 'stuck', failure: null };
    expect(causeKey(stuck)).toBe(causeKey({ ...stuck, message: 'else' }));
    expect(causeKey(stuck)).not.toBe(causeKey({ ...stuck, kind: 'slow' }));
  });
});

describe('what leaves the house', () => {
  test('has no address, no value of the data and no control character, and is short', () => {
    const said = withoutPersonal("row 3: 'Anna Müller' <anna.mueller@example.org> is no number\u0007");
    expect(said).not.toMatch(/anna|müller|example|\p{Cc}/iu);
    expect(said).toContain('row 3');
    expect(withoutPersonal('x'.repeat(5000))).toHaveLength(600);
  });

  test.each([
    ["string 'O'Brien' is no number", "string '…' is no number"],
    ["'a' and 'b', 'c'.", "'…' and '…', '…'."],
    ["cast('Anna D'Arc')", "cast('…')"],
    ["it isn't there", "it isn't there"],
  ])('%s', (given, expected) => {
    expect(withoutPersonal(given)).toBe(expected);
  });
});

test.each([
  'Could not parse string "Anna Schmidt" according to format specifier "%Y"',
  'invalid date field format: "Anna", expected format is (YYYY-MM-DD)',
  'Could not parse string "Anna"s Hut" according to format specifier "%Y"\nAnna"s Hut\n^\nError: Expected a number',
  'Malformed JSON at byte 0 of input: unexpected character. Input: "Anna Schmidt"',
  'Malformed JSON at byte 17 of input: unexpected character.  Input: "{"name": "Anna", oops"',
  'Malformed JSON at byte 23 of input: unexpected character.  Input: "{"name":\n "Anna",\n oops}" when casting from source column v',
  'Malformed JSON at byte 56 of input: unexpected end of data.  Input: "{"a":"Anna with a name that goes o...',
  'Constraint Error: PRIMARY KEY or UNIQUE constraint violation: duplicate key "Anna"',
  'PRIMARY KEY or UNIQUE constraint violation: duplicate key "An"na, Anna"',
  'Constraint Error: Duplicate key "id: Anna" violates primary key constraint.',
  'Failed to cast value to numerical: "Anna"',
])('a value in double quotes stays in the house: %s', (text) => {
  expect(withoutPersonal(text)).not.toContain('Anna');
  expect(causeKey({ ...cause, message: text })).toBe(causeKey({ ...cause, message: text.replaceAll('Anna', 'Bert') }));
});

test('what follows a value is still said', () => {
  const text =
    'Malformed JSON at byte 9 of input: no. Input: "{"a": Anna}" when casting from source column v\nnext: correct "v"';
  expect(withoutPersonal(text)).toBe(
    'Malformed JSON at byte 9 of input: no. Input: "…" when casting from source column v\nnext: correct "v"',
  );
});

test.each([
  'column "status" is missing',
  'column "status" is missing, and "order_status" is there, which nobody declared',
  'columns "a", "b" and "c" are of other types',
])('the name of a column may be said: %s', (text) => {
  expect(withoutPersonal(text)).toBe(text);
});
