// The page's side of the hashing worker.

let worker = null;
let count = 0;
const waiting = new Map();

function start() {
  worker = new Worker(new URL('./hash-worker.js', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }) => {
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) reject(new Error(data.error));
    else resolve(data.sha256);
  });
  worker.addEventListener('error', (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message || 'worker'));
    waiting.clear();
    worker = null;
  });
}

/** SHA-256 of a file as hex. Rejects when the file cannot be read any more. */
export function sha256(file) {
  if (!worker) start();
  const id = ++count;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, file });
  });
}
