// Weighs the pages' JavaScript as it is served, gzipped, and fails above the budget of docs and tests; and where what is
// served means anything else than what is written.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { transformSync } from 'esbuild';

const BUDGET_KB = 130;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const own = join(root, '.venv', 'bin', 'python');
const python = process.env.PYTHON ?? (existsSync(own) ? own : 'python3');
const served = JSON.parse(
  execFileSync(python, ['-m', 'app.scripts'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }),
);

const sizes = Object.entries(served)
  .filter(([file]) => !file.startsWith('js/lab/'))
  .map(([file, text]) => ({ file, gzipped: gzipSync(text, { level: 9 }).length }))
  .sort((a, b) => b.gzipped - a.gzipped);
const total = sizes.reduce((sum, { gzipped }) => sum + gzipped, 0) / 1000;
console.log(
  JSON.stringify({ total_kb: Math.round(total * 10) / 10, budget_kb: BUDGET_KB, largest: sizes.slice(0, 8) }, null, 1),
);
if (total > BUDGET_KB) process.exitCode = 1;

const meaning = (text) => transformSync(text, { minify: true }).code;
for (const [file, text] of Object.entries(served)) {
  if (file.startsWith('js/') && meaning(text) !== meaning(readFileSync(join(root, 'static', file), 'utf8'))) {
    console.error(`${file} is served with another meaning: put no template into another one`);
    process.exitCode = 1;
  }
}
