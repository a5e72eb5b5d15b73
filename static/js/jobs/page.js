// Jobs: what runs, what waits, what failed and why.
import { $, button, h, setIcon } from '../dom.js';
import { within } from '../place.js';
import { get, post, query } from '../api.js';
import { emit, on } from '../bus.js';
import { duration, number, plural, dateTime, when } from '../format.js';
import { words } from '../words.js';
import { address } from '../shell/router.js';
import { failed, toast } from '../shell/toast.js';
import { confirmDialog } from '../shell/dialog.js';
import { askNow, latest } from '../shell/progress.js';
import { VirtualList } from '../virtual-list.js';

const LIVE_MS = 2000;

function blank() {
  const act = button(words.jobs.retry, { icon: 'rotate-ccw', bare: true });
  act.addEventListener('click', () => act.run());
  return h(
    'div',
    { class: 'vrow job-row', role: 'listitem' },
    h('a', { class: 'job-name clip' }),
    h('span', { class: 'job-kind muted clip' }),
    h('span', { class: 'job-reason clip' }),
    h('span', { class: 'job-state' }),
    h('span', { class: 'job-at muted clip' }),
    act,
  );
}

export function mount(main) {
  const parts = {
    now: $('.jobs-now', main),
    acts: $('.jobs-acts', main),
    counts: $('.jobs-counts', main),
    list: $('.jobs-list', main),
  };
  let state = new URLSearchParams(location.search).get('state') ?? '';
  let jobs = [];
  let next = null;
  let counts = {};
  let paused = Boolean(latest?.paused);
  let asked = 0;
  let loading = false;

  const fill = (row, index) => {
    const job = jobs[index];
    const [name, kind, reason, status, at, key] = row.children;
    name.textContent = name.title = job.name ?? words.jobs.unnamed(job.kind);
    if (job.photo) name.href = within(`/photo/${job.photo}`);
    else name.removeAttribute('href');
    kind.textContent = words.jobs.kinds[job.kind] ?? job.kind;
    reason.textContent = reason.title = job.reason ?? '';
    reason.className = `job-reason clip ${job.state === 'failed' ? 'failure' : 'muted'}`;
    status.textContent = words.jobs.states[job.state] ?? job.state;
    status.dataset.state = job.state;
    at.textContent = when(job.at);
    at.title = dateTime(job.at);
    const again = ['failed', 'cancelled'].includes(job.state);
    key.hidden = !again && !['waiting', 'queued', 'running'].includes(job.state);
    setIcon(key, again ? 'rotate-ccw' : 'x');
    key.title =
      key.lastElementChild.textContent = `${again ? words.jobs.retry : words.jobs.cancel}: ${name.textContent}`;
    key.run = () =>
      act(again ? '/jobs/retry' : '/jobs/cancel', { ids: [job.id] }, again ? words.jobs.retried : words.jobs.cancelled);
  };
  const list = new VirtualList({ rowHeight: 40, blank, fill, label: words.jobs.title, onend: () => more() });
  const none = h('p', { class: 'muted jobs-none', hidden: true });
  parts.list.append(list.element, none);

  const load = async () => {
    const mine = ++asked;
    try {
      const answer = await get(`/jobs${query({ state })}`);
      if (mine !== asked) return;
      // What was scrolled to stays: only the head is fetched anew.
      jobs =
        jobs.length > answer.jobs.length && list.element.scrollTop > 0
          ? [...answer.jobs, ...jobs.slice(answer.jobs.length)]
          : answer.jobs;
      if (jobs.length === answer.jobs.length) next = answer.next;
      counts = answer.counts ?? {};
      draw();
    } catch (error) {
      if (mine === asked) failed(error);
    }
  };
  const more = async () => {
    if (!next || loading) return;
    loading = true;
    const mine = asked;
    try {
      const answer = await get(`/jobs${query({ state, after: next })}`);
      if (mine === asked) {
        jobs = jobs.concat(answer.jobs);
        next = answer.next;
        draw();
      }
    } catch (error) {
      failed(error);
    }
    loading = false;
  };
  const act = async (path, body, said) => {
    try {
      const { changed } = await post(path, body);
      toast(said(plural(changed ?? 0, words.jobs.job, words.jobs.jobs)));
      askNow();
      emit('library');
      load();
    } catch (error) {
      failed(error);
    }
  };

  const hold = button(words.jobs.pause, { icon: 'pause', kind: 'outlined' }, async () => {
    const was = paused;
    paused = !was;
    drawActs();
    await act(was ? '/jobs/resume' : '/jobs/pause', {}, () => (was ? words.jobs.resumedAll : words.jobs.pausedAll));
  });
  const retryAll = button(words.jobs.retryAll, { icon: 'rotate-ccw', kind: 'outlined' }, () =>
    act('/jobs/retry', {}, words.jobs.retried),
  );
  const cancelAll = button(words.jobs.cancelAll, { icon: 'ban', kind: 'outlined' }, async () => {
    if (await confirmDialog(words.jobs.cancelTitle, words.jobs.cancelText, words.jobs.cancelAll))
      act('/jobs/cancel', {}, words.jobs.cancelled);
  });
  parts.acts.append(hold, retryAll, cancelAll);
  const drawActs = () => {
    setIcon(hold, paused ? 'play' : 'pause');
    hold.lastElementChild.textContent = paused ? words.jobs.resume : words.jobs.pause;
    retryAll.hidden = !counts.failed;
    cancelAll.hidden = !(counts.waiting || counts.queued || counts.running);
  };
  const draw = () => {
    const names = ['', ...Object.keys(words.jobs.states).filter((name) => counts[name])];
    if (state && !names.includes(state)) names.push(state);
    const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
    const held = [...parts.counts.children].indexOf(document.activeElement);
    parts.counts.replaceChildren(
      ...names.map((name) =>
        button(
          `${words.jobs.states[name] ?? words.jobs.all} ${number(name ? (counts[name] ?? 0) : all)}`,
          { 'aria-pressed': String(name === state) },
          () => choose(name),
        ),
      ),
    );
    parts.counts.children[held]?.focus();
    list.setCount(jobs.length);
    list.element.hidden = !jobs.length;
    none.hidden = jobs.length > 0;
    none.textContent = state ? words.jobs.noneOf : words.jobs.none;
    drawActs();
  };
  const choose = (name) => {
    state = name;
    jobs = [];
    list.element.scrollTop = 0;
    address(`/jobs${query({ state })}`, { replace: true });
    load();
  };
  const drawNow = (progress) => {
    if (!progress) return;
    paused = progress.paused;
    const open = progress.waiting + progress.running;
    const bits = open ? [words.jobs.open(number(open))] : [words.jobs.idle];
    if (progress.paused) bits.push(words.upload.paused);
    else if (open && progress.photos_per_s > 0)
      bits.push(words.upload.perSecond(number(Math.round(progress.photos_per_s * 10) / 10)));
    if (open && progress.eta_s && !progress.paused) bits.push(words.upload.left(duration(progress.eta_s)));
    parts.now.textContent = bits.join(' · ');
    drawActs();
  };

  let figures = '';
  let last = 0;
  const stop = on('progress', (progress) => {
    drawNow(progress);
    const fresh = JSON.stringify([progress?.done, progress?.failed, progress?.waiting, progress?.running]);
    if (!progress || fresh === figures || Date.now() - last < LIVE_MS) return;
    figures = fresh;
    last = Date.now();
    load();
  });
  drawNow(latest);
  load();

  return {
    unmount() {
      asked += 1;
      stop();
      list.end();
    },
  };
}
