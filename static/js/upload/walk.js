// Walks what was dropped or chosen, in slices: yields arrays of {file, path} as soon as they are known.

const SLICE = 200;

const asFile = (entry) =>
  new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
const readSome = (reader) =>
  new Promise((resolve, reject) => {
    reader.readEntries(resolve, reject);
  });

/** Takes hold of a drop. To be called inside the event itself: its items are gone a moment later. */
export function takeHold(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const handles = items.every((item) => item.getAsFileSystemHandle)
    ? Promise.all(items.map((item) => item.getAsFileSystemHandle().catch(() => null)))
    : Promise.resolve([]);
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return { entries, files: entries.length ? [] : [...transfer.files], handles };
}

async function* entryFiles(entry) {
  if (entry.isFile) {
    yield { file: () => asFile(entry), path: entry.fullPath.replace(/^\//, '') };
    return;
  }
  const reader = entry.createReader();
  // A reader gives at most a hundred entries a time, and an empty array at the end.
  for (let some = await readSome(reader); some.length; some = await readSome(reader)) {
    some.sort((a, b) => a.isDirectory - b.isDirectory || (a.name < b.name ? -1 : 1));
    for (const child of some) yield* entryFiles(child);
  }
}

async function* handleFiles(handle, folder) {
  const path = folder ? `${folder}/${handle.name}` : handle.name;
  if (handle.kind === 'file') {
    yield { file: () => handle.getFile(), path };
    return;
  }
  for await (const child of handle.values()) yield* handleFiles(child, path);
}

async function* opened(batch) {
  const files = await Promise.all(
    batch.map(async ({ file, path }) => {
      try {
        return { file: await file(), path };
      } catch (error) {
        return { file: null, path, error };
      }
    }),
  );
  yield files;
}

async function* slices(source) {
  let batch = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length === SLICE) {
      yield* opened(batch);
      batch = [];
    }
  }
  if (batch.length) yield* opened(batch);
}

async function* every(sources) {
  for (const source of sources) yield* source;
}

export function walkEntries(entries) {
  return slices(every(entries.map(entryFiles)));
}

export function walkHandles(handles) {
  return slices(every(handles.map((handle) => handleFiles(handle, ''))));
}

export async function* walkList(files) {
  for (let start = 0; start < files.length; start += SLICE) {
    yield files.slice(start, start + SLICE).map((file) => ({ file, path: file.webkitRelativePath || file.name }));
    await new Promise((resolve) => {
      setTimeout(resolve);
    });
  }
}
