// Carries files from the queue to the server: hash ahead, ask in batches what is already here, send the rest by tus.
import { Upload } from '../../vendor/tus/tus.js';
import { csrf, post } from '../api.js';
import { at } from '../place.js';
import { words } from '../words.js';
import { sha256 } from './hasher.js';
import { queue } from './queue.js';

const PARALLEL = 4;
const CHUNK = 8 * 1024 * 1024;
const LARGE = 512 * 1024;
const AHEAD = 64;
const BATCH = 32;
const WAIT_MS = 150;
const RETRY_MS = [0, 1000, 3000, 5000, 10000, 20000];
const GONE = new Set([404, 410]);
const RETRYABLE = new Set([409, 423, 425, 429]);

const ready = [];
const sending = new Map();
let hashed = [];
let hashing = false;
let flush = 0;

/** Starts or goes on with whatever there is to do. */
export function pump() {
  hashAhead();
  while (!queue.paused && ready.length && sending.size < PARALLEL) {
    const item = ready.shift();
    if (item.state === 'ready') send(item);
  }
}

async function hashAhead() {
  if (hashing) return;
  hashing = true;
  while (!queue.paused && ready.length + hashed.length < AHEAD) {
    const item = queue.take();
    if (!item) break;
    queue.move(item, 'hashing');
    try {
      item.sha256 = await sha256(item.file);
    } catch {
      if (item.state === 'hashing') queue.move(item, 'failed', words.upload.unreadable);
      continue;
    }
    if (item.state !== 'hashing') continue;
    hashed.push(item);
    if (hashed.length >= BATCH) check();
    else if (!flush) flush = setTimeout(check, WAIT_MS);
  }
  hashing = false;
}

/** Asks which of the hashed files the library has; those are not sent. */
async function check() {
  clearTimeout(flush);
  flush = 0;
  const batch = hashed;
  hashed = [];
  if (!batch.length) return;
  let known = new Map();
  try {
    const answer = await post('/uploads/check', {
      files: batch.map(({ path, size, sha256: hash }) => ({ path, size, sha256: hash })),
    });
    known = new Map(answer.files.filter((file) => file.known).map((file) => [file.path, file.photo]));
  } catch {
    // Not knowing costs bytes, nothing else: the server recognises the file once more when it has it.
  }
  for (const item of batch) {
    if (item.state !== 'hashing') continue;
    if (known.has(item.path)) {
      item.photo = known.get(item.path);
      queue.move(item, 'known', words.upload.known);
    } else {
      queue.move(item, 'ready');
      ready.push(item);
    }
  }
  pump();
}

function reasonOf(error) {
  const response = error.originalResponse;
  if (!response) return words.upload.lost;
  try {
    const {
      error: { message },
    } = JSON.parse(response.getBody());
    if (message) return message;
  } catch {
    // Not our JSON: a proxy's page, or nothing at all.
  }
  return response.getBody()?.slice(0, 200) || words.error.status(response.getStatus());
}

/** What the server says of a file that it has whole: it may be refused, or be here already. */
function verdictOf(response) {
  const state = response.getHeader('Proofsheet-State');
  if (state === 'duplicate') return ['known', words.upload.known];
  if (state !== 'refused') return null;
  const reason = response.getHeader('Proofsheet-Reason') ?? '';
  return ['refused', new TextDecoder().decode(Uint8Array.from(atob(reason), (char) => char.charCodeAt(0)))];
}

/** The server let go of the half-sent file: begins it once more, from its first byte. */
function startAnew(item) {
  item.anew = true;
  sending.delete(item);
  item.upload = null;
  queue.move(item, 'ready');
  ready.unshift(item);
  pump();
}

function tusUpload(item) {
  return new Upload(item.file, {
    endpoint: at('/api/v1/uploads'),
    chunkSize: CHUNK,
    retryDelays: RETRY_MS,
    // A larger file gets its address first: without one it could be neither gone on with nor ended.
    uploadDataDuringCreation: item.size <= LARGE,
    removeFingerprintOnSuccess: true,
    storeFingerprintForResuming: item.size > LARGE,
    headers: csrf(),
    metadata: { path: item.path, sha256: item.sha256, modified: String(item.modified), drop: item.drop },
    fingerprint: () => Promise.resolve(`proofsheet:${item.path}:${item.size}:${item.modified}`),
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      return status === 0 || status >= 500 || RETRYABLE.has(status);
    },
    onAfterResponse: (_, response) => {
      item.verdict = verdictOf(response) ?? item.verdict;
    },
    onProgress: (sent) => queue.progress(item, sent),
    onSuccess: () => {
      item.id = item.upload?.url?.split('/').pop();
      end(item, ...(item.verdict ?? ['sent']));
    },
    onError: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      if (GONE.has(status) && !item.anew) return startAnew(item);
      return end(item, status >= 400 && status < 500 && !RETRYABLE.has(status) ? 'refused' : 'failed', reasonOf(error));
    },
  });
}

async function send(item) {
  queue.move(item, 'sending');
  const upload = item.upload ?? tusUpload(item);
  const fresh = !item.upload;
  item.upload = upload;
  sending.set(item, upload);
  if (fresh && !item.anew && item.size > LARGE) {
    const [previous] = await upload.findPreviousUploads();
    if (previous) upload.resumeFromPreviousUpload(previous);
  }
  if (item.state === 'sending' && !queue.paused) upload.start();
}

function end(item, state, reason) {
  sending.delete(item);
  item.upload = null;
  if (item.state === 'sending') queue.move(item, state, reason);
  pump();
}

export function pause() {
  queue.paused = true;
  for (const upload of sending.values()) upload.abort();
  queue.changed();
}

export function resume() {
  queue.paused = false;
  for (const upload of sending.values()) upload.start();
  queue.changed();
  pump();
}

/** Ends one file; what the server has of it is removed there. */
export function cancel(item) {
  const upload = sending.get(item) ?? item.upload;
  sending.delete(item);
  item.upload = null;
  if (['queued', 'hashing', 'ready', 'sending'].includes(item.state)) queue.move(item, 'cancelled');
  if (upload) upload.abort(Boolean(upload.url)).catch(() => {}); // The server drops what stays unfinished by itself.
  pump();
}

export function cancelAll() {
  for (const item of queue.items) if (['queued', 'hashing', 'ready', 'sending'].includes(item.state)) cancel(item);
}

export function retry(items) {
  for (const item of items) queue.retry(item);
  pump();
}

addEventListener('online', () => retry(queue.items.filter((item) => item.state === 'failed' && item.sha256)));
