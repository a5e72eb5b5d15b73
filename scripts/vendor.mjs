// Copies what the pages need of the pinned npm packages into static/vendor, and draws the icon sprite.
// Run after `npm ci`; everything it writes is ignored by git and served from this machine.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const from = join(root, 'node_modules');
const to = join(root, 'static', 'vendor');

const FILES = {
  'photoswipe/dist/photoswipe.esm.min.js': 'photoswipe/photoswipe.js',
  'photoswipe/dist/photoswipe.css': 'photoswipe/photoswipe.css',
  'photoswipe/LICENSE': 'photoswipe/LICENSE',
  'tus-js-client/dist/tus.min.js': 'tus/tus.js',
  'tus-js-client/LICENSE': 'tus/LICENSE',
  '@noble/hashes/sha2.js': 'noble/sha2.js',
  '@noble/hashes/_md.js': 'noble/_md.js',
  '@noble/hashes/_u64.js': 'noble/_u64.js',
  '@noble/hashes/utils.js': 'noble/utils.js',
  '@noble/hashes/LICENSE': 'noble/LICENSE',
  '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2': 'inter/latin.woff2',
  '@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2': 'inter/latin-ext.woff2',
  '@fontsource-variable/inter/files/inter-cyrillic-wght-normal.woff2': 'inter/cyrillic.woff2',
  '@fontsource-variable/inter/files/inter-greek-wght-normal.woff2': 'inter/greek.woff2',
  '@fontsource-variable/inter/LICENSE': 'inter/LICENSE',
  'lucide-static/LICENSE': 'lucide/LICENSE',
};

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
// A dangling sourceMappingURL makes developer tools ask for a file that is not there.
for (const script of ['photoswipe/photoswipe.js', 'tus/tus.js']) {
  const path = join(to, script);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'));
}
// noble-hashes comes unminified; its long comments would be half of what is sent.
for (const script of ['noble/sha2.js', 'noble/_md.js', 'noble/_u64.js', 'noble/utils.js']) {
  const path = join(to, script);
  writeFileSync(
    path,
    readFileSync(path, 'utf8')
      .replace(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, '')
      .replace(/^[ \t]*\/\/.*\n/gm, ''),
  );
}
writeFileSync(
  join(to, 'icons.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence -->${ICONS.map(symbol).join('')}</svg>\n`,
);
console.error(`static/vendor: ${Object.keys(FILES).length} files, ${ICONS.length} icons`);
