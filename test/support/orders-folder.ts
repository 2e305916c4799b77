/** A pipeline over orders and their lines in a database, as tests of what looks at databases use it. */
import { folderOf } from '../workflows/folders';

export const ordersFolder = (name: string): string =>
  folderOf({
    'pipeline.yaml': `name: ${name}
zone: UTC
sources:
  orders:
    type: postgres
    connection: \${env:SHOP}
    table: orders
    key: [order_id]
    cursor: updated_at
    columns: {order_id: BIGINT, user_id: INTEGER, note: VARCHAR, total: "DECIMAL(12,2)", updated_at: TIMESTAMPTZ}
  order_items:
    type: postgres
    parent: orders
    table: order_items
    key: [order_id, line_no]
    columns: {order_id: BIGINT, line_no: INTEGER, quantity: "DECIMAL(9,3)", label: VARCHAR}
`,
    'models/totals.sql':
      '-- publish: true\nSELECT count(*) AS orders, sum(total)::DECIMAL(18,2) AS total FROM orders\n',
    'models/lines.sql': '-- publish: true\nSELECT count(*) AS lines FROM order_items\n',
  });
