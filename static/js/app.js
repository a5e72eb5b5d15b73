// The entry of every page: chrome, keys, the whole-window drop, then the page itself.
import { $ } from './dom.js';
import { on } from './bus.js';
import { number } from './format.js';
import { startRouter, visit } from './shell/router.js';
import { bindKeys, startKeys, showKeys } from './shell/keys.js';
import { undo } from './shell/toast.js';
import { startSearch } from './shell/search.js';
import { startTheme } from './shell/theme.js';
import { startProgress } from './shell/progress.js';
import { refreshCounts } from './shell/counts.js';
import { startUploads } from './upload/start.js';

function startButtons() {
  $('[data-do=keys]').addEventListener('click', showKeys);
  $('[data-do=download]').addEventListener('click', async () => {
    const { downloadCurrent } = await import('./export/sheet.js');
    downloadCurrent();
  });
}

startTheme();
startKeys(visit);
bindKeys({
  u: () => {
    undo();
  },
  d: () => $('[data-do=download]').click(),
});
startSearch(visit);
startButtons();
startUploads();
startProgress();
refreshCounts();
on('library', refreshCounts);
on('progress', (progress) => {
  const open = progress ? progress.waiting + progress.running : 0;
  $('[data-count=jobs]').textContent = open ? number(open) : '';
});
startRouter();
