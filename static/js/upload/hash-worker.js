// Hashes files away from the page, a few megabytes at a time. Plain http on a local network has no crypto.subtle.
import { sha256 } from '../../vendor/noble/sha256.js';

const STEP = 4 * 1024 * 1024;

async function hash(file) {
  const running = sha256.create();
  for (let start = 0; start < file.size; start += STEP) {
    running.update(new Uint8Array(await file.slice(start, start + STEP).arrayBuffer()));
  }
  return Array.from(running.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

self.addEventListener('message', async ({ data: { id, file } }) => {
  try {
    self.postMessage({ id, sha256: await hash(file) });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
});
