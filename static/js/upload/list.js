// Every file of the drop with its state, reasons beside the names; retry and cancel one by one.
import { button, h, meter, setIcon, setMeter } from '../dom.js';
import { on } from '../bus.js';
import { get, query } from '../api.js';
import { bytes, number } from '../format.js';
import { words } from '../words.js';
import { failed } from '../shell/toast.js';
import { openDialog } from '../shell/dialog.js';
import { VirtualList } from '../virtual-list.js';
import { queue } from './queue.js';
import { cancel, retry } from './sender.js';
import { interrupted } from './record.js';

const OPEN = ['queued', 'hashing', 'ready', 'sending'];
const TABS = {
  all: () => true,
  open: (item) => OPEN.includes(item.state),
  trouble: (item) => ['failed', 'refused', 'other'].includes(item.state),
  here: (item) => ['sent', 'known'].includes(item.state),
};
const SERVER_STATES = { receiving: 'queued', waiting: 'sent', done: 'sent', duplicate: 'known' };

async function fromServer(params) {
  const { uploads } = await get(`/uploads${query({ ...params, limit: 5000 })}`);
  return uploads.map((upload) => ({
    ...upload,
    state: SERVER_STATES[upload.state] ?? upload.state,
    sent: upload.offset,
    reason: upload.reason ?? '',
  }));
}

/** After a reload the files live on the server's list alone. */
function remembered() {
  const record = interrupted();
  return record ? fromServer({ drop: record.id }) : [];
}

/** Every file that was ever refused, newest first. */
export async function showRefused() {
  try {
    showItems(await fromServer({ state: 'refused' }), 'trouble');
  } catch (error) {
    failed(error);
  }
}

/** The files of this page's drops, or after a reload of the drop that it cut off. */
export async function showList(tab = 'all') {
  if (queue.items.length) return showItems(null, tab);
  try {
    showItems(await remembered(), tab);
  } catch (error) {
    failed(error);
  }
  return undefined;
}

function blank() {
  const act = button(words.upload.retry, { icon: 'rotate-ccw', bare: true });
  act.addEventListener('click', () => act.run());
  return h(
    'div',
    { class: 'vrow file-row', role: 'listitem' },
    h('span', { class: 'file-path clip' }),
    h('span', { class: 'file-reason clip' }),
    h('span', { class: 'file-size muted' }),
    h('span', { class: 'file-state' }, h('span', {}), meter(0)),
    act,
  );
}

function fill(row, item) {
  const [path, reason, size, state, act] = row.children;
  path.textContent = path.title = item.path;
  const bad = ['failed', 'refused'].includes(item.state);
  reason.textContent = reason.title = item.reason ?? '';
  reason.className = `file-reason clip ${bad ? 'failure' : 'muted'}`;
  size.textContent = item.size ? bytes(item.size) : '';
  state.firstChild.textContent = words.upload.states[item.state] ?? item.state;
  state.lastChild.hidden = item.state !== 'sending';
  setMeter(state.lastChild, item.size ? item.sent / item.size : 0);
  const again = ['failed', 'refused', 'cancelled'].includes(item.state) && item.file;
  const stop = OPEN.includes(item.state) && item.file;
  act.hidden = !(again || stop);
  setIcon(act, stop ? 'x' : 'rotate-ccw');
  act.title = act.lastElementChild.textContent = `${stop ? words.upload.cancelOne : words.upload.retry}: ${item.path}`;
  act.run = () => (stop ? cancel(item) : retry([item]));
}

function showItems(given, tab) {
  let items = given ?? queue.items;
  let shown = [];
  const list = new VirtualList({
    rowHeight: 40,
    blank,
    label: words.upload.list,
    fill: (row, index) => fill(row, shown[index]),
  });
  const tabs = h('div', { class: 'tabs', role: 'group', 'aria-label': words.upload.show });
  const again = button(words.upload.retryAll, { icon: 'rotate-ccw', kind: 'outlined' }, () =>
    retry(items.filter((item) => item.state === 'failed')),
  );
  const note = h('p', { class: 'muted small' });
  const draw = () => {
    if (!given) items = queue.items;
    shown = items.filter(TABS[tab]);
    list.setCount(shown.length);
    for (const element of tabs.children) {
      element.setAttribute('aria-pressed', String(element.dataset.tab === tab));
      element.lastElementChild.textContent = `${words.upload.tabs[element.dataset.tab]} ${number(items.filter(TABS[element.dataset.tab]).length)}`;
    }
    again.hidden = Boolean(given) || !queue.counts.failed;
    note.textContent = !given && queue.hidden ? words.upload.hidden(number(queue.hidden)) : '';
  };
  for (const name of Object.keys(TABS))
    tabs.append(
      button('', { data: { tab: name } }, () => {
        tab = name;
        list.element.scrollTop = 0;
        draw();
      }),
    );
  const stop = on('uploads', draw);
  openDialog(words.upload.list, h('div', { class: 'files' }, tabs, list.element, note), {
    width: 960,
    foot: [again],
    onclose: () => {
      stop();
      list.end();
    },
  });
  draw();
}
