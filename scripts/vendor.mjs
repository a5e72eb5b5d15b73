// Copies what the pages need of the pinned npm packages into static/vendor, and draws the icon sprite.
// Run after `npm ci`; everything it writes is ignored by git and served from this machine.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const from = join(root, 'node_modules');
const to = join(root, 'static', 'vendor');

const FILES = {
  'photoswipe/dist/photoswipe.css': 'photoswipe/photoswipe.css',
  'photoswipe/LICENSE': 'photoswipe/LICENSE',
  'tus-js-client/LICENSE': 'tus/LICENSE',
  '@noble/hashes/LICENSE': 'noble/LICENSE',
  '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2': 'inter/latin.woff2',
  '@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2': 'inter/latin-ext.woff2',
  '@fontsource-variable/inter/files/inter-cyrillic-wght-normal.woff2': 'inter/cyrillic.woff2',
  '@fontsource-variable/inter/files/inter-greek-wght-normal.woff2': 'inter/greek.woff2',
  '@fontsource-variable/inter/LICENSE': 'inter/LICENSE',
  'lucide-static/LICENSE': 'lucide/LICENSE',
};

// What the pages use of packages that ship far more than that, bundled without the rest.
const BUNDLES = {
  'tus/tus.js': "export { Upload } from 'tus-js-client/lib/browser/index.js';",
  'noble/sha256.js': "export { sha256 } from '@noble/hashes/sha2.js';",
  'photoswipe/photoswipe.js': "export { default } from './node_modules/photoswipe/src/js/photoswipe.js';",
};
const NEVER = 'export default () => false;';
// What the pages never come to: PhotoSwipe's keys, counter and flight from a thumbnail; tus for streams and for apps.
const UNUSED = {
  opener: readFileSync(join(root, 'scripts', 'opener.mjs'), 'utf8'),
  keyboard: 'export default class {}',
  'get-thumb-bounds': 'export const getThumbBounds = () => {};',
  'button-close': "export default { name: 'close' };",
  'button-zoom': "export default { name: 'zoom' };",
  'counter-indicator': "export const counterIndicator = { name: 'counter' };",
  StreamSource: 'export default class {}',
  fileSignature: NEVER,
  isReactNative: NEVER,
  isCordova: NEVER,
  uriToBlob: NEVER,
  readAsByteArray: NEVER,
};
const without = {
  name: 'unused',
  setup(bundler) {
    const filter = new RegExp(`/(photoswipe|tus-js-client)/.*/(${Object.keys(UNUSED).join('|')})\\.js$`);
    bundler.onLoad({ filter }, ({ path }) => ({ contents: UNUSED[basename(path, '.js')] }));
  },
};

const NATIVE = join(root, 'scripts', 'native.mjs');

const ICONS = [
  'camera',
  'star',
  'images',
  'list-checks',
  'activity',
  'settings',
  'search',
  'download',
  'sun',
  'moon',
  'monitor',
  'x',
  'check',
  'pause',
  'play',
  'rotate-ccw',
  'rotate-cw',
  'undo-2',
  'trash-2',
  'tag',
  'tags',
  'sparkles',
  'folder',
  'folder-up',
  'file-up',
  'upload',
  'calendar',
  'users',
  'shapes',
  'circle-dot',
  'chevron-left',
  'chevron-right',
  'chevron-down',
  'chevron-up',
  'panel-right',
  'panel-left',
  'scan',
  'zoom-in',
  'keyboard',
  'arrow-up-down',
  'arrow-up',
  'arrow-down',
  'plus',
  'pencil',
  'circle-alert',
  'circle-check',
  'circle-x',
  'ellipsis',
  'info',
  'hard-drive',
  'scale',
  'menu',
  'eraser',
  'skip-forward',
  'file-x',
  'clock',
  'list',
  'image',
  'ban',
  'copy-check',
  'sliders-horizontal',
  'book-open',
  'circle-user',
  'key-round',
  'log-out',
  'user-plus',
  'user-x',
  'lock',
  'columns-2',
  'waves',
  'contrast',
];

function symbol(name) {
  const svg = readFileSync(join(from, 'lucide-static', 'icons', `${name}.svg`), 'utf8');
  const shapes = svg
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<\/?svg[\s\S]*?>/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
}

rmSync(to, { recursive: true, force: true });
for (const [source, target] of Object.entries(FILES)) {
  mkdirSync(dirname(join(to, target)), { recursive: true });
  cpSync(join(from, source), join(to, target));
}
for (const [target, contents] of Object.entries(BUNDLES)) {
  await build({
    stdin: { contents, resolveDir: root },
    outfile: join(to, target),
    bundle: true,
    alias: { 'url-parse': NATIVE, 'js-base64': NATIVE },
    plugins: [without],
    minify: true,
    mangleProps: /^_[a-z]/, // what both packages mark as private
    format: 'esm',
    target: 'es2022',
    legalComments: 'inline',
    logLevel: 'warning',
  });
}
writeFileSync(
  join(to, 'icons.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence -->${ICONS.map(symbol).join('')}</svg>\n`,
);
console.error(`static/vendor: ${Object.keys(FILES).length + Object.keys(BUNDLES).length} files, ${ICONS.length} icons`);
