/** The gate that warns of refunds larger than what they refund. */
import { after, modelChecks, SOUND } from './gates';
import type { Session } from './models';
import { openShop } from './small-shop';

let session: Session;
beforeAll(async () => {
  session = await openShop(SOUND);
});
afterAll(() => session.close());

const GATE = 'refund_lines: refunds are no larger than what they refund';
/** Order 999: a line of 10, one of 999.9999 for three units, half off. */
const ORDER = [
  "INSERT INTO orders VALUES (999, 1, 'paid', '2026-04-20T12:00:00Z', 'EUR', '2026-04-20T12:00:00Z')",
  'INSERT INTO order_items VALUES (999, 1, 1, 1, 10, NULL), (999, 2, 2, 3, 666.6666, 0.5)',
];
const refund = (
  id: number,
  line: number | null,
  quantity: string | null,
  amount: string,
  at = '2026-04-21T12:00:00Z',
) => `INSERT INTO refunds VALUES (${9000 + id}, 999, ${line}, ${quantity}, ${amount}, '${at}')`;
const warned = async (...sources: string[]) => {
  const found = await after(session, modelChecks, { sources: [...ORDER, ...sources] });
  expect(Object.values({ ...found, [GATE]: 'warn' })).toEqual(['warn']);
  return GATE in found;
};

describe('warns', () => {
  it.each<[string, ...string[]]>([
    ['of more money than the line, less than the order', refund(1, 1, '1', '500')],
    ['of a ten-thousandth too much', refund(1, 1, '1', '10.0001')],
    ['of two refunds that are too much together', refund(1, 1, null, '6'), refund(2, 1, null, '4.0001')],
    ['of more units than the line', refund(1, 1, '1.001', '10')],
    ['of more than a line after its discount', refund(1, 2, '3', '1000')],
    ['of more than the whole order', refund(1, null, null, '1010')],
    ['of more units than the whole order', refund(1, null, '4.001', '1')],
    ['of an unknown line as of the whole order', refund(1, 7, null, '1010')],
    ['of named and unnamed ones that are too much together', refund(1, 1, '1', '10'), refund(2, null, null, '1000')],
    ['of named and unnamed units', refund(1, 1, '1', '10'), refund(2, null, '3.001', '1')],
    ['of a cancelled order', "UPDATE orders SET status = 'cancelled' WHERE order_id = 999", refund(1, 1, '1', '1')],
    ['of a pending order', "UPDATE orders SET status = 'pending' WHERE order_id = 999", refund(1, null, null, '1')],
    ['of an order without lines', 'DELETE FROM order_items WHERE order_id = 999', refund(1, 1, '1', '1')],
  ])('%s', async (_, ...sources) => {
    expect(await warned(...sources)).toBe(true);
  });
});

describe('says nothing', () => {
  it.each<[string, ...string[]]>([
    ['of a line that is wholly refunded', refund(1, 1, '1', '10'), refund(2, 2, '3', '999.9999')],
    ['of an order that is wholly refunded', refund(1, null, '4', '1009.9999')],
    ['of both together', refund(1, 1, '1', '10'), refund(2, null, '3', '999.9999')],
    ['of money without units, and units without money', refund(1, 1, null, '10'), refund(2, 1, '1', '0')],
    ['of an order in status refunded', "UPDATE orders SET status = 'refunded' WHERE order_id = 999"],
    ['of refunds that are not before as_of', refund(1, 1, '1', '500', '2026-04-26T00:00:00+02:00')],
    [
      'of refunds of an order that is not before as_of',
      "UPDATE orders SET ordered_at = '2026-04-26T00:00:00+02:00' WHERE order_id = 999",
      refund(1, 1, '1', '500'),
    ],
    ['of refunds of unknown orders, which the source counts', refund(1, 1, '1', '500').replace(', 999,', ', 998,')],
    [
      'of parts whose rates round up',
      "UPDATE orders SET currency = 'USD' WHERE order_id = 999",
      "UPDATE fx_rates SET rate = 0.00015, day = '2026-04-20'",
      refund(1, 1, null, '5'), // 0.00075, twice 0.0008 of 0.0015
      refund(2, 1, null, '5'),
    ],
  ])('%s', async (_, ...sources) => {
    expect(await warned(...sources)).toBe(false);
  });
});
