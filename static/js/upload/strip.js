// The thin strip at the foot of every page: what is sent, what is analysed, how long it takes, pause and cancel.
import { $, button, h, icon, setIcon, setMeter, meter } from '../dom.js';
import { on } from '../bus.js';
import { bytes, duration, number, percent } from '../format.js';
import { words } from '../words.js';
import { post } from '../api.js';
import { setTitleShare } from '../shell/router.js';
import { failed, say } from '../shell/toast.js';
import { askNow } from '../shell/progress.js';
import { queue } from './queue.js';
import { pause, resume } from './sender.js';
import { Rate, Share } from './rate.js';
import { collectRefusals } from './refusals.js';

const strip = $('#strip');
const rate = new Rate();
const share = new Share();
let server = null;
let lost = null;
let parts = null;
let hideTimer = 0;
// Answers of the server since the last byte was sent; the first may have been on its way before.
let answers = 0;
let spoken = -1;

function build({ stop, goOn }) {
  const line = meter(0);
  const state = h('span', { class: 'strip-state' }, icon('upload'));
  const sending = h('span', { class: 'strip-text clip' });
  const analysing = h('span', { class: 'strip-text strip-analysis clip muted' });
  const trouble = button('', { icon: 'circle-alert', kind: 'failure', hidden: true }, () => openList('trouble'));
  const go = button(words.upload.goOn, { icon: 'play', kind: 'primary', hidden: true }, () => {
    const record = lost;
    lost = null;
    goOn(record).catch(failed);
    draw();
  });
  const hold = button(words.upload.pause, { icon: 'pause', bare: true }, togglePause);
  const end = button(words.upload.cancel, { icon: 'x', bare: true }, () => (queue.active ? stop() : dismiss(stop)));
  const open = button(words.upload.list, { icon: 'list', bare: true, 'aria-haspopup': 'dialog' }, () =>
    openList('all'),
  );
  strip.append(
    line,
    state,
    h('span', { class: 'strip-words' }, sending, analysing),
    h('span', { class: 'strip-buttons' }, trouble, go, hold, open, end),
  );
  return { line, state, sending, analysing, trouble, go, hold, end, open };
}

async function openList(tab) {
  const { showList } = await import('./list.js');
  showList(tab);
}

const isPaused = () => (queue.active ? queue.paused : Boolean(server?.paused));

async function togglePause() {
  const paused = isPaused();
  if (paused) resume();
  else pause();
  draw();
  if (!serverWork()) return;
  try {
    await post(paused ? '/jobs/resume' : '/jobs/pause');
    askNow();
  } catch (error) {
    failed(error);
  }
}

function dismiss(stop) {
  stop();
  lost = null;
  queue.clear();
  strip.hidden = true;
}

const counting = () => queue.counts.sent > 0 && answers < 2;
const serverWork = () => (server ? server.waiting + server.running : 0);

function sendingText() {
  const { counts } = queue;
  if (lost && !queue.items.length) return words.upload.interrupted(number(lost.left), number(lost.files));
  if (!queue.items.length) return '';
  const sent = counts.sent + counts.known;
  const total = queue.items.length - counts.other - counts.cancelled;
  if (!queue.active) {
    const bits = [words.upload.sentAll(number(counts.sent))];
    if (counts.known) bits.push(words.upload.wereHere(number(counts.known)));
    return bits.join(' · ');
  }
  const bits = [words.upload.sentOf(number(sent), number(total)), `${bytes(queue.bytesSent)} / ${bytes(queue.bytes)}`];
  if (queue.paused) bits.push(words.upload.paused);
  else if (rate.value > 1)
    bits.push(`${bytes(rate.value)}/s`, words.upload.left(duration((queue.bytes - queue.bytesSent) / rate.value)));
  if (counts.known) bits.push(words.upload.wereHere(number(counts.known)));
  return bits.join(' · ');
}

function analysisText() {
  const open = serverWork();
  if (!open) return queue.counts.sent && !queue.active && !counting() ? words.upload.allAnalysed : '';
  const bits = [words.upload.toAnalyse(number(open))];
  if (server.paused) bits.push(words.upload.paused);
  else if (server.photos_per_s > 0)
    bits.push(words.upload.perSecond(number(Math.round(server.photos_per_s * 10) / 10)));
  if (!server.paused && server.eta_s) bits.push(words.upload.left(duration(server.eta_s)));
  return bits.join(' · ');
}

function draw() {
  const busy = queue.active || counting() || serverWork() > 0;
  const trouble = queue.counts.failed + queue.counts.refused + queue.counts.other;
  strip.hidden = !(busy || queue.items.length || lost);
  if (strip.hidden) return setTitleShare('');
  const done = share.of(queue.open + serverWork());
  setMeter(parts.line, busy ? done : 1);
  strip.classList.toggle('resting', !busy);
  setIcon(parts.state, busy ? 'upload' : trouble ? 'circle-alert' : lost ? 'clock' : 'circle-check');
  parts.sending.textContent = sendingText();
  parts.analysing.textContent = analysisText();
  parts.trouble.hidden = !trouble;
  parts.trouble.lastElementChild.textContent = words.upload.trouble(number(trouble));
  parts.go.hidden = !(lost && !queue.active);
  const paused = isPaused();
  parts.hold.hidden = !busy;
  setIcon(parts.hold, paused ? 'play' : 'pause');
  parts.hold.title = parts.hold.lastElementChild.textContent = paused ? words.upload.resume : words.upload.pause;
  parts.end.hidden = busy && !queue.active;
  parts.end.title = parts.end.lastElementChild.textContent = queue.active ? words.upload.cancel : words.close;
  parts.open.hidden = !queue.items.length && !lost;
  setTitleShare(busy ? percent(done) : '');
  speak(busy, done);
  clearTimeout(hideTimer);
  if (!busy && !trouble && !lost)
    hideTimer = setTimeout(() => {
      queue.clear();
      strip.hidden = true;
    }, 8000);
}

/** Says every tenth part to screen readers. */
function speak(busy, done) {
  const step = busy ? Math.floor(done * 10) : 11;
  if (step === spoken) return;
  if (busy && step > 0) say(words.upload.spoken(percent(done)));
  else if (!busy && spoken >= 0 && spoken < 11) say(words.upload.spokenEnd);
  spoken = step;
}

export function startStrip({ stop, goOn, lost: record }) {
  parts = build({ stop, goOn });
  lost = record;
  on('uploads', () => {
    if (queue.items.length) lost = null;
    if (queue.active) answers = 0;
    rate.feed(queue.paused ? null : queue.bytesSent);
    draw();
  });
  on('progress', (progress) => {
    server = progress ?? server;
    if (progress && !queue.active && ++answers === 1) setTimeout(askNow);
    collectRefusals(server);
    draw();
  });
  draw();
}
