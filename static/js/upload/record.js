// Remembers a drop beyond this page: figures in localStorage, and where the browser gives them, the folder's handles.

const KEY = 'drop';
const TAB = 'tab';
const BEAT_MS = 8000;

function storage(run) {
  try {
    return run();
  } catch {
    return null; // Storage may be blocked or full; then a reload only forgets the offer to continue.
  }
}

const tab = storage(() => {
  const id = sessionStorage.getItem(TAB) ?? Math.random().toString(36).slice(2);
  sessionStorage.setItem(TAB, id);
  return id;
});

export function newDropId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function save(record) {
  storage(() => localStorage.setItem(KEY, JSON.stringify({ ...record, tab, at: Date.now() })));
}

export function forget() {
  storage(() => localStorage.removeItem(KEY));
  withStore('readwrite', (store) => store.clear());
}

/** A drop that ended before all was sent, unless another tab is sending it right now. */
export function interrupted() {
  const record = storage(() => JSON.parse(localStorage.getItem(KEY)));
  if (!record?.left) return null;
  return record.tab === tab || Date.now() - record.at > BEAT_MS ? record : null;
}

function withStore(mode, run) {
  return new Promise((resolve) => {
    const open = storage(() => indexedDB.open('proofsheet', 1));
    if (!open) return resolve(null);
    open.onupgradeneeded = () => open.result.createObjectStore('handles');
    open.onerror = () => resolve(null);
    open.onsuccess = () => {
      const work = open.result.transaction('handles', mode);
      const request = run(work.objectStore('handles'));
      work.oncomplete = () => {
        open.result.close();
        resolve(request.result);
      };
      work.onerror = work.onabort = () => {
        open.result.close();
        resolve(null);
      };
    };
  });
}

export async function keepHandles(drop, handles) {
  if (handles.length) await withStore('readwrite', (store) => store.put(handles, drop));
}

export async function handlesOf(drop) {
  return (await withStore('readonly', (store) => store.get(drop))) ?? [];
}
