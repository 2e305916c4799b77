import * as fc from 'fast-check';
import type { Parameter } from '../../src/domain/definition';
import {
  fillTemplates,
  isDay,
  type ParameterValue,
  parameterProblem,
  parameterValue,
  sqlVariables,
} from '../../src/domain/parameters';

const decimal = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.bigInt({ min: 0n, max: 99_999_999_999_999n }),
    fc.integer({ min: 0, max: 4 }),
  )
  .chain(([sign, whole, places]) =>
    fc
      .integer({ min: 0, max: 10 ** places - 1 })
      .map((part) => `${sign}${whole}${places === 0 ? '' : `.${String(part).padStart(places, '0')}`}`),
  );
/** Ten thousandths, exactly. */
const scaled = (text: string) => {
  const [, sign, whole = '0', part = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return BigInt(`${sign === '-' ? '-' : ''}${whole}${part.padEnd(4, '0')}`);
};

describe('the value of a parameter', () => {
  it('of type decimal is never rounded, however many digits it has', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        expect(parameterProblem({ type: 'decimal' }, text)).toBeUndefined();
        expect(scaled(String(parameterValue({ type: 'decimal' }, text)))).toBe(scaled(text));
      }),
    );
    expect(parameterValue({ type: 'decimal' }, '12345678901234.5678')).toBe('12345678901234.5678');
  });

  it('that is written in another way is the same value', () => {
    for (const text of ['5', '5.0', '05', '+5.00']) expect(parameterValue({ type: 'decimal' }, text)).toBe(5);
    expect(parameterValue({ type: 'integer' }, '-007')).toBe(-7);
  });

  it('of type boolean is one, also when it was typed on a command line', () => {
    expect(parameterValue({ type: 'boolean' }, 'false')).toBe(false);
    expect(parameterValue({ type: 'boolean' }, 'true')).toBe(true);
    expect(parameterValue({ type: 'boolean' }, true)).toBe(true);
  });

  it('of type text stays text, whatever it looks like', () => {
    expect(parameterValue({ type: 'string' }, '007')).toBe('007');
    expect(parameterValue({ type: 'path' }, 'true')).toBe('true');
    expect(parameterValue({ type: 'date' }, '2026-11-24')).toBe('2026-11-24');
  });

  it.each<[Parameter['type'], ParameterValue]>([
    ['integer', '1.5'],
    ['integer', '1e3'],
    ['integer', '9999999999999999'],
    ['integer', ''],
    ['integer', true],
    ['decimal', '1.00001'],
    ['decimal', Number.NaN],
    ['decimal', Number.POSITIVE_INFINITY],
    ['decimal', 1e21],
    ['decimal', '1,5'],
    ['decimal', '0x10'],
    ['boolean', 'yes'],
    ['boolean', 1],
    ['date', '24.11.2026'],
    ['date', '2026-2-3'],
    ['date', '2026-02-29'],
    ['date', ' 2026-02-28'],
    ['string', 5],
    ['path', false],
  ])('of type %s is not %p', (type, value) => {
    expect(parameterProblem({ type }, value)).toMatch(/^expected .+, got /);
  });

  it('a day is one exactly when the calendar has it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1583, max: 9999 }),
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 32 }),
        (year, month, date) => {
          const there =
            month >= 1 && month <= 12 && date >= 1 && date <= new Date(Date.UTC(year, month, 0)).getUTCDate();
          const pad = (value: number) => String(value).padStart(2, '0');
          expect(isDay(`${year}-${pad(month)}-${pad(date)}`)).toBe(there);
        },
      ),
    );
  });
});

describe('templates', () => {
  it('know nothing that was not given, whatever JavaScript has under that name', () => {
    const { problems } = fillTemplates(['${var:toString}', '${env:constructor}', '${var:hasOwnProperty}/x'], {}, {});
    expect(problems.map(({ path, message }) => `${path.join('.')} ${message.split(' ')[0]}`)).toEqual([
      '0 ${var:toString}',
      '1 ${env:constructor}',
      '2 ${var:hasOwnProperty}',
    ]);
  });

  it('are filled at any depth, several in one text, and leave all else as it is', () => {
    const document = {
      list: [{ path: '${var:root}/${env:SHOP}/*.csv' }],
      untouched: [null, 5, true, '$var:root', '${other:root}', '${var:}', '${var:root'],
    };
    expect(fillTemplates(document, { root: 'in' }, { SHOP: 'north' })).toEqual({
      document: { ...document, list: [{ path: 'in/north/*.csv' }] },
      problems: [],
    });
  });

  it('are filled once: what comes in is text, not another template', () => {
    expect(fillTemplates('x ${var:a}', { a: '${var:b}', b: 'deep' }, {}).document).toBe('x ${var:b}');
    expect(fillTemplates('${var:a}', { a: '$&' }, {}).document).toBe('$&');
    expect(fillTemplates('x${var:a}', { a: "$&$'" }, {}).document).toBe("x$&$'");
  });

  it('that are a whole text keep the type of the value', () => {
    const { document } = fillTemplates(['${var:n}', '${var:yes}', ' ${var:n}'], { n: 0.02, yes: false }, {});
    expect(document).toEqual([0.02, false, ' 0.02']);
  });
});

test('only declared parameters become variables, each with the type that it declares', () => {
  const declared: Record<string, Parameter> = {
    i: { type: 'integer' },
    d: { type: 'decimal' },
    b: { type: 'boolean' },
    s: { type: 'string' },
    t: { type: 'date' },
    p: { type: 'path' },
  };
  const values = { i: 1, d: '0.1', b: false, s: "it's", t: '2026-11-24', p: '/in', other: 5 };
  const window = { from: '2026-11-01', to: '2026-11-25', asOf: '2026-11-25' };
  expect(sqlVariables({ declared, values, window, zone: 'Asia/Kathmandu', currency: 'NPR' })).toEqual({
    as_of: { type: 'DATE', value: '2026-11-25' },
    window_from: { type: 'DATE', value: '2026-11-01' },
    window_to: { type: 'DATE', value: '2026-11-25' },
    zone: { type: 'VARCHAR', value: 'Asia/Kathmandu' },
    currency: { type: 'VARCHAR', value: 'NPR' },
    i: { type: 'BIGINT', value: '1' },
    d: { type: 'DECIMAL(18,4)', value: '0.1' },
    b: { type: 'BOOLEAN', value: 'false' },
    s: { type: 'VARCHAR', value: "it's" },
    t: { type: 'DATE', value: '2026-11-24' },
    p: { type: 'VARCHAR', value: '/in' },
  });
});
