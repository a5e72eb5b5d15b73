// The JSON door: every answer is JSON, every error has words for the user.
import { at, pathOf } from './place.js';
import { words } from './words.js';

const token = document.querySelector('meta[name=csrf-token]').content;

export class ApiError extends Error {
  constructor(message, status, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function csrf() {
  return { 'X-CSRFToken': token };
}

/** "?a=1&b=2" of an object; arrays repeat their key, empty values are left out. */
export function query(params) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const item of [value].flat()) if (item !== null && item !== undefined && item !== '') search.append(key, item);
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}

export async function call(method, path, body, options = {}) {
  const headers = { Accept: 'application/json' };
  if (method !== 'GET') Object.assign(headers, csrf());
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(at(`/api/v1${path}`), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      ...options,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(words.error.offline, 0, 'offline');
  }
  const isJson = (response.headers.get('Content-Type') ?? '').includes('json');
  const answer = isJson ? await response.json() : null;
  if (response.status === 401) location.assign(at(`/sign-in${query({ next: pathOf(location) + location.search })}`));
  if (!response.ok)
    throw new ApiError(
      answer?.error?.message ?? words.error.status(response.status),
      response.status,
      answer?.error?.code,
    );
  return answer ?? {};
}

export const get = (path, options) => call('GET', path, undefined, options);
export const post = (path, body = {}, options) => call('POST', path, body, options);
export const put = (path, body) => call('PUT', path, body);
export const remove = (path) => call('DELETE', path);
