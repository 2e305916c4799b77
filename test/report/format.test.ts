import { formatsIn, inOneWay, printable } from '../../src/report/format';

const spaces = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, ' ');

describe('values in locale and currency', () => {
  const { value, tick, card, shortDay, instant } = formatsIn('en-GB', 'EUR');
  const german = formatsIn('de-DE', 'USD');
  test.each([
    ['1234.5000', 'money', 'DECIMAL(18,4)', '€1,234.50', '1.234,50 $'],
    ['-1234.5000', 'money', 'DECIMAL(18,4)', '−€1,234.50', '−1.234,50 $'],
    ['99999999999999.9949', 'money', 'DECIMAL(18,4)', '€99,999,999,999,999.99', '99.999.999.999.999,99 $'],
    ['1234.56', 'whole money', 'DECIMAL(18,4)', '€1,235', '1.235 $'],
    ['0.1234', 'share', 'DOUBLE', '12.3%', '12,3 %'],
    ['0.1234', 'change', 'DOUBLE', '+12.3%', '+12,3 %'],
    ['-0.5', 'change', 'DOUBLE', '−50.0%', '−50,0 %'],
    ['-2.345', 'points', 'DOUBLE', '−2.3 pts', '−2,3 pts'],
    ['1234567', undefined, 'BIGINT', '1,234,567', '1.234.567'],
    ['1234567', 'text', 'BIGINT', '1234567', '1234567'],
    ['2026-11-24', undefined, 'DATE', '24 Nov 2026', '24.11.2026'],
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

  it('writes a column of money in one way', () => {
    expect(inOneWay('money', ['1.5', '-20000', null])).toBe('whole money');
    expect(inOneWay('money', ['1.5', null])).toBe('money');
    expect(inOneWay('number', ['20000'])).toBe('number');
  });
});

test('control characters and halves of characters become visible, line breaks and all other text stay', () => {
  expect(printable('a\u0000b\u001B[31m\u007Fc\uD800d')).toBe('a�b�[31m�c�d');
  expect(printable('näme\n田中\t👾 <b>')).toBe('näme\n田中\t👾 <b>');
});
