import * as fc from 'fast-check';
import { identifier, identifiers, isNumeric, literal, withoutSemicolon } from '../../src/domain/sql';

describe('putting names and values into SQL', () => {
  it('lets nothing out of its quotes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(identifier(text).slice(1, -1).replaceAll('""', '')).not.toContain('"');
        expect(literal(text).slice(1, -1).replaceAll("''", '')).not.toContain("'");
      }),
    );
    expect(identifiers(['a', 'b"c'])).toBe('"a", "b""c"');
  });
});

describe('types whose values are numbers', () => {
  const types =
    'TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT BIGNUM FLOAT DOUBLE';
  it.each([...types.split(' '), 'DECIMAL(18,4)', 'DECIMAL(5, 0)'])('%s is one, a list of it is none', (type) => {
    expect(isNumeric(type)).toBe(true);
    expect(isNumeric(`${type}[]`)).toBe(false);
  });
  it.each(['VARCHAR', 'BOOLEAN', 'DATE', 'TIMESTAMP', 'INTERVAL', 'STRUCT("DOUBLE" INTEGER)', 'BIT', 'UUID'])(
    '%s is none',
    (type) => expect(isNumeric(type)).toBe(false),
  );
});

describe('a statement without its semicolon', () => {
  it.each([
    ['SELECT 1', 'SELECT 1'],
    ['SELECT 1;', 'SELECT 1 '],
    ['SELECT 1;;\n', 'SELECT 1  \n'],
    ['SELECT 1; -- done; really', 'SELECT 1  -- done; really'],
    ['SELECT 1 /* ; */;', 'SELECT 1 /* ; */ '],
    ["SELECT ';-- x'", "SELECT ';-- x'"],
    ["SELECT ';-- x';", "SELECT ';-- x' "],
    ["SELECT E'\\';--';", "SELECT E'\\';--' "],
    ['SELECT ";" FROM t;', 'SELECT ";" FROM t '],
    ['SELECT $$;$$;', 'SELECT $$;$$ '],
    ['SELECT $a$ $$ ; $a$;', 'SELECT $a$ $$ ; $a$ '],
    ['SELECT 1; SELECT 2;', 'SELECT 1; SELECT 2 '],
    ['-- only; this', '-- only; this'],
    [';', ' '],
    ['', ''],
  ])('%p is %p', (sql, expected) => {
    expect(withoutSemicolon(sql)).toBe(expected);
  });

  it('keeps every place, and is done in one go', () => {
    const piece = fc.constantFrom(';', ' ', '\n', 'a', "'", '"', '--', '/*', '*/', '$$', '\\', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const sql = pieces.join('');
        const once = withoutSemicolon(sql);
        expect(once).toHaveLength(sql.length);
        expect(withoutSemicolon(once)).toBe(once);
      }),
    );
  });
});
