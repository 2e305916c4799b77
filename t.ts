import { duckDbEngine } from './src/adapters/engines/duckdb';
import { duckDb } from './src/adapters/engines/duckdb/client';
import { readPipeline, readTests } from './src/adapters/definition/read';
import { parsePipeline } from './src/adapters/definition/pipeline';
import { parseTests } from './src/adapters/definition/tests/parse';
import { readFileSync } from 'node:fs';
const cpuOf = (pid: number) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return (Number(f[11]) + Number(f[12])) * 10; };
import { setVariables, emptyRows } from './src/adapters/engines/duckdb/variables';
async function main() {
  const db = duckDb(); const engine = duckDbEngine(db);
  const files = await readPipeline('/tmp/h/testcmd/perf');
  const p = await parsePipeline(files, engine, {parameters: {}, environment: {}});
  const tests = parseTests(await readTests(files), p);
  const lit = (v: unknown) => v === null || v === undefined ? 'NULL' : `'${v}'`;
  const rowsSql = (t: any) => t.rows.length === 0 ? emptyRows(t.columns) : `SELECT ${t.columns.map((c: any) => `CAST("${c.name}" AS ${c.type}) AS "${c.name}"`)} FROM (VALUES ${t.rows.map((r: any) => `(${t.columns.map((c: any) => lit(r[c.name]))})`)}) AS w(${t.columns.map((c: any) => `"${c.name}"`)})`;
  for (const mode of ['drop', 'cte', 'cte-noopt', 'drop-noopt']) {
    const s = await db.session('x' + mode, {folders: [], memoryBytes: 2e8, threads: 1, zone: 'Europe/Berlin', setup: mode.endsWith('noopt') ? ['PRAGMA disable_optimizer'] : []});
    for (const name of ['customer_metrics','executive_summary', 'order_facts']) {
      const mt = tests.find((t) => t.model.name === name)!;
      const begun = performance.now(); let n = 0; const cpu = cpuOf(db.pid()!);
      try {
        for (const t of mt.tests) {
          if (mode.startsWith('cte')) {
            await s.query([...setVariables(t.variables), `WITH ${[...t.tables.map((x) => `"${x.name}" AS MATERIALIZED (${rowsSql(x)})`), ...t.models.map((m) => `"${m.name}" AS MATERIALIZED (${m.sql}\n)`)].join(',\n')} FROM "${name}"`].join(';\n'));
          } else {
            const kind = mode === 'temp' ? 'TEMP TABLE' : 'TABLE';
            const made = [...t.tables.map((x) => `CREATE ${kind} "${x.name}" AS ${rowsSql(x)}`), ...t.models.map((m) => `CREATE ${kind} "${m.name}" AS ${m.sql}\n`)];
            const all = [...t.tables, ...t.models].map((x) => `DROP TABLE "${x.name}"`);
            if (mode === 'batch') { await s.query([...setVariables(t.variables), ...made, `FROM "${name}"`].join(';\n')); await s.query(all.join(';')); }
            else { await s.query(setVariables(t.variables).join(';')); for (const q of made) await s.query(q); await s.query(`FROM "${name}"`); await s.query(all.join(';')); }
          }
          n++;
        }
      } catch (e) { console.log(String(e).slice(0, 300)); }
      const mem = await s.query("SELECT sum(memory_usage_bytes)::BIGINT AS m FROM duckdb_memory()");
      console.log(mode, name, n, mt.models, ((performance.now() - begun) / n).toFixed(1), 'ms wall', ((cpuOf(db.pid()!) - cpu) / n).toFixed(1), 'ms cpu', JSON.stringify(mem.rows));
    }
    await s.close();
  }
  await engine.close();
}
main();
