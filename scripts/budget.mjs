// Weighs the pages' JavaScript, gzipped as a server would send it, and fails above the budget of docs and tests.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 130;
const root = join(dirname(fileURLToPath(import.meta.url)), '..', 'static');

function scripts(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return scripts(path);
    return name.endsWith('.js') ? [path] : [];
  });
}

const sizes = [...scripts(join(root, 'js')), ...scripts(join(root, 'vendor'))]
  .filter((path) => !relative(root, path).startsWith('js/lab/'))
  .map((path) => ({ file: relative(root, path), gzipped: gzipSync(readFileSync(path), { level: 9 }).length }))
  .sort((a, b) => b.gzipped - a.gzipped);
const total = sizes.reduce((sum, { gzipped }) => sum + gzipped, 0) / 1000;
console.log(
  JSON.stringify({ total_kb: Math.round(total * 10) / 10, budget_kb: BUDGET_KB, largest: sizes.slice(0, 8) }, null, 1),
);
if (total > BUDGET_KB) process.exitCode = 1;
