// What the other scripts share: finding elements, remembering a choice.

const YEAR_SECONDS = 365 * 24 * 3600;

export const find = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Cookies, so that the server renders what was chosen and nothing flashes.
export function remember(name, value) {
  const life = value ? YEAR_SECONDS : 0;
  document.cookie = `${name}=${value}; path=/; max-age=${life}; samesite=lax`;
}

export function typing(target) {
  return target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") != null;
}

// A request of htmx's. What goes wrong, htmx's own events say; a promise that nobody waits for has nobody to tell.
export function request(verb, address, options) {
  window.htmx.ajax(verb, address, options)?.catch(() => {});
}
