/** Days of inventory, the risk to run out, and what to reorder. */
import { inShop } from './small-shop';

it('judges the stock by the first rule that fits', async () => {
  // Each sold one in 28 days but 6 and 7, which sold one before them.
  const ids = [1, 2, 3, 4, 5, 6, 7, 8];
  const day = (id: number) => (id === 6 || id === 7 ? '2026-03-28' : '2026-03-29');
  const rows = await inShop(
    {
      orders: ids.map((id) => [id, 1, 'paid', `${day(id)}T12:00:00+02:00`]),
      items: ids.map((id) => [id, 1, id, 1, 10]),
      users: [{ user_id: 1 }],
      products: [
        { product_id: 1, stock: 1, lead_time_days: 29, reorder_level: 1 }, // lasts 28 days
        { product_id: 2, stock: 1, lead_time_days: 28, reorder_level: '0.999' },
        { product_id: 3, stock: 1, lead_time_days: 14 },
        { product_id: 4, stock: 0, lead_time_days: 0, reorder_level: -1 },
        { product_id: 5, stock: '-0.001', reorder_level: 0 },
        { product_id: 6, stock: '0.001', lead_time_days: 99 }, // nothing sold
        { product_id: 7, stock: -2 },
        { product_id: 8, stock: 1 }, // a default of 29 days
      ],
      parameters: { default_lead_time_days: 29 },
    },
    'SELECT days_of_inventory AS days, stockout_risk AS risk, reorder_recommended AS reorder FROM product_metrics ORDER BY product_id',
  );
  expect(rows).toEqual([
    { days: 28, risk: 'high', reorder: true },
    { days: 28, risk: 'medium', reorder: false },
    { days: 28, risk: 'low', reorder: null },
    { days: 0, risk: 'out', reorder: false },
    { days: 0, risk: 'out', reorder: true },
    { days: null, risk: 'low', reorder: null },
    { days: 0, risk: 'out', reorder: null },
    { days: 28, risk: 'high', reorder: null },
  ]);
});
