// Light, dark, or as the system says.
import { $, setIcon } from '../dom.js';
import { words } from '../words.js';
import { say } from './toast.js';

const ORDER = ['system', 'light', 'dark'];
const ICONS = { system: 'monitor', light: 'sun', dark: 'moon' };

export function chosen() {
  return document.documentElement.dataset.theme ?? 'system';
}

function show(button) {
  const theme = chosen();
  setIcon(button, ICONS[theme]);
  button.title = words.theme[theme];
  $('.said', button).textContent = words.theme[theme];
}

export function setTheme(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    // Blocked storage: the choice holds for this page alone.
  }
  show($('[data-do=theme]'));
}

export function startTheme() {
  const button = $('[data-do=theme]');
  show(button);
  button.addEventListener('click', () => {
    const next = ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length];
    setTheme(next);
    say(words.theme[next]);
  });
}
