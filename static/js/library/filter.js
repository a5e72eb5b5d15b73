// The filter lives in the address: what one sees can be kept, shared and gone back to.

const SINGLE = ['q', 'category', 'folder', 'people', 'person', 'from', 'to', 'state', 'camera', 'rating'];

export function readFilter(search = location.search) {
  const params = new URLSearchParams(search);
  const filter = {};
  for (const key of SINGLE) if (params.get(key)) filter[key] = params.get(key);
  const tags = params.getAll('tag').filter(Boolean);
  if (tags.length) filter.tag = tags;
  return filter;
}

export function readSort(search = location.search) {
  const params = new URLSearchParams(search);
  const sort = ['date', 'name', 'uncertain'].includes(params.get('sort')) ? params.get('sort') : 'date';
  const usual = sort === 'date' ? 'desc' : 'asc';
  const order = ['asc', 'desc'].includes(params.get('order')) ? params.get('order') : usual;
  return { sort, order };
}

/** The address of the library with this filter; what is usual is left out. */
export function filterPath(filter, { sort, order }, path = '/') {
  const params = new URLSearchParams();
  for (const key of SINGLE) if (filter[key]) params.set(key, filter[key]);
  for (const tag of filter.tag ?? []) params.append('tag', tag);
  if (sort !== 'date') params.set('sort', sort);
  if (order !== (sort === 'date' ? 'desc' : 'asc')) params.set('order', order);
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

export function isOn(filter, key, value) {
  return key === 'tag' ? (filter.tag ?? []).includes(value) : filter[key] === value;
}

/** The filter with one value switched on or off. */
export function turned(filter, key, value) {
  const next = { ...filter };
  if (key === 'tag') {
    const tags = filter.tag ?? [];
    next.tag = tags.includes(value) ? tags.filter((tag) => tag !== value) : [...tags, value];
    if (!next.tag.length) delete next.tag;
  } else if (filter[key] === value) delete next[key];
  else next[key] = value;
  return next;
}

let current = null;

/** What “Download” means right now: this filter of the library page, or everything. */
export function setCurrent(what) {
  current = what;
}

export const currentFilter = () => current;
