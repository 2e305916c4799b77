import { formatsIn, inOneWay, printable } from '../../src/report/format';

const spaces = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, ' ');

describe('values in locale and currency', () => {
  const { value, tick, card, shortDay, instant } = formatsIn('en-GB', 'EUR');
  const german = formatsIn('de-DE', 'USD');
  test.each([
    ['1234.5000', 'money', 'DECIMAL(18,4)', '€1,234.50', '1.234,50 $'],
    ['-1234.5000', 'money', 'DECIMAL(18,4)', '−€1,234.50', '−1.234,50 $'],
    ['99999999999999.9949', 'money', 'DECIMAL(18,4)', '€99,999,999,999,999.99', '99.999.999.999.999,99 $'],
    ['1234.56', { as: 'money', decimals: 0 }, 'DECIMAL(18,4)', '€1,235', '1.235 $'],
    ['1234.5', { as: 'number', decimals: 2 }, 'DECIMAL(18,4)', '1,234.50', '1.234,50'],
    ['-0.001', 'number', 'DOUBLE', '0', '0'],
    ['-0.001', 'money', 'DOUBLE', '€0.00', '0,00 $'],
    ['0.1234', 'share', 'DOUBLE', '12.3%', '12,3 %'],
    ['0.1234', 'change', 'DOUBLE', '+12.3%', '+12,3 %'],
    ['-0.5', 'change', 'DOUBLE', '−50.0%', '−50,0 %'],
    ['-2.345', 'points', 'DOUBLE', '−2.3 pts', '−2,3 pts'],
    ['1234567', undefined, 'BIGINT', '1,234,567', '1.234.567'],
    ['1234567', 'text', 'BIGINT', '1234567', '1234567'],
    ['2026-11-24', undefined, 'DATE', '24 Nov 2026', '24.11.2026'],
    ['2026-11-24 23:05:17.25', undefined, 'TIMESTAMP', '24 Nov 2026, 23:05', '24.11.2026, 23:05'],
    ['2026-11-24 23:05:17+01', undefined, 'TIMESTAMP WITH TIME ZONE', '24 Nov 2026, 23:05', '24.11.2026, 23:05'],
    ['infinity', undefined, 'TIMESTAMP', 'infinity', 'infinity'],
    ['true', undefined, 'BOOLEAN', 'yes', 'yes'],
    ['inf', 'money', 'DOUBLE', 'inf', 'inf'],
    ['nan', undefined, 'DOUBLE', 'nan', 'nan'],
    [null, 'money', 'DOUBLE', '–', '–'],
  ] as const)('%s as %s of %s is %s, and %s', (cell, format, type, british, there) => {
    expect(spaces(value(cell, format, type))).toBe(british);
    expect(spaces(german.value(cell, format, type))).toBe(there);
  });

  it('is short on axes and cards, and exact nowhere else', () => {
    expect([tick(15_000, 'money'), tick(0, 'money'), tick(0.25, 'share'), tick(2_500_000, undefined)]).toEqual([
      '€15k',
      '€0',
      '25%',
      '2.5m',
    ]);
    expect(card('1040791.33', 'money')).toBe('€1.04m');
    expect(card('40791.33', 'money')).toBe('€40,791');
    expect(card('791.33', 'money')).toBe('€791.33');
    expect(shortDay('2026-11-24')).toBe('24 Nov');
    expect(instant('2026-11-25T01:02:03.000Z', 'Europe/Berlin')).toBe('25 Nov 2026, 02:02');
  });

  it('keeps small steps of an axis apart', () => {
    expect([0, 0.0005, 0.001].map((at) => tick(at, undefined))).toEqual(['0', '0.0005', '0.001']);
    expect([tick(0.125, 'share'), tick(12_500, 'money')]).toEqual(['12.5%', '€12.5k']);
  });

  it('writes a figure like the one beside it', () => {
    expect([card('12637.2', 'money', 'DOUBLE', '9682.12'), card('9682.12', 'money', 'DOUBLE', '12637.2')]).toEqual([
      '€12,637',
      '€9,682',
    ]);
    expect([card('5.25', undefined, 'DOUBLE', '5'), card('5', undefined, 'DOUBLE', '5.25')]).toEqual(['5.25', '5.00']);
  });

  it.each([
    [['5943.1', '2281', null], 'DOUBLE', ['5,943.1', '2,281.0', '–']],
    [['5943.1000', '2281.2500'], 'DECIMAL(18,4)', ['5,943.10', '2,281.25']],
    [['60.0000', '44.0000'], 'DECIMAL(18,4)', ['60', '44']],
    [['12.3456789', '1'], 'DOUBLE', ['12.35', '1.00']],
    [['0.00345', '0.1e-3', '0'], 'DOUBLE', ['0.0035', '0.0001', '0.0000']],
    [['0.5', '0.25'], 'DOUBLE', ['0.50', '0.25']],
    [['1234', 'nan', 'inf'], 'DOUBLE', ['1,234', 'nan', 'inf']],
    [['99999999999999999999.25', '0.1'], 'DECIMAL(38,2)', ['99,999,999,999,999,999,999.25', '0.10']],
    [['7', '1234'], 'BIGINT', ['7', '1,234']],
  ])('writes the column %j of %s with the same decimals', (cells, type, written) => {
    const shown = inOneWay(undefined, cells, type);
    expect(cells.map((cell) => value(cell, shown, type))).toEqual(written);
  });

  it('writes a column of money in one way, and leaves text and days as they are', () => {
    const whole = { as: 'money', decimals: 0 };
    expect(inOneWay('money', ['1.5', '-20000', null])).toEqual(whole);
    expect(inOneWay('money', ['1.5', null])).toBe('money');
    expect(inOneWay('share', ['20000'])).toBe('share');
    expect(inOneWay('text', ['20000.5'], 'DOUBLE')).toBe('text');
    expect(inOneWay(undefined, ['2026-11-24'], 'DATE')).toBeUndefined();
  });
});

test('control characters and halves of characters become visible, line breaks and all other text stay', () => {
  expect(printable('a\u0000b\u001B[31m\u007Fc\uD800d')).toBe('a�b�[31m�c�d');
  expect(printable('näme\n田中\t👾 <b>')).toBe('näme\n田中\t👾 <b>');
});
