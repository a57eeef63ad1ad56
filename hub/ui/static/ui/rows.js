// The rows of a list: which are selected, which one is current, and what is done to them.
import { all, find, request } from "./dom.js";

export const table = () => find("[data-table]");
export const rows = () => all("[data-row]", table() ?? document);
export const box = (row) => find("input[name=ids]", row);
const boxes = () => rows().map(box).filter(Boolean);
export const chosen = () => boxes().filter((one) => one.checked);
let lastPicked = null;

export function pick(row, picked, { through = false } = {}) {
  const here = rows().indexOf(row);
  const from = through && lastPicked ? rows().findIndex((other) => other.dataset.row === lastPicked) : here;
  const [low, high] = from < 0 ? [here, here] : [Math.min(from, here), Math.max(from, here)];
  for (const other of rows().slice(low, high + 1)) if (box(other) && !box(other).disabled) box(other).checked = picked;
  lastPicked = row.dataset.row;
  showSelection();
}

export function pickPage(picked) {
  for (const one of boxes()) if (!one.disabled) one.checked = picked;
  showSelection();
}

export const allPicked = () => boxes().every((one) => one.checked || one.disabled);

export function selectEverything(everything) {
  const marker = find("[data-bulk-all]");
  if (marker) marker.value = everything ? "1" : "";
  if (everything) for (const one of boxes()) one.checked = true;
  showSelection();
}

export function selectNone() {
  for (const one of boxes()) one.checked = false;
  selectEverything(false);
}

export function selection() {
  return { keys: new Set(chosen().map((one) => one.value)), everything: find("[data-bulk-all]")?.value ?? "" };
}

export function select({ keys, everything }) {
  for (const one of boxes()) one.checked = keys.has(one.value);
  if (find("[data-bulk-all]")) find("[data-bulk-all]").value = everything;
  showSelection();
}

export function showSelection() {
  const bar = find("[data-bulk]");
  if (!bar) return;
  const count = chosen().length;
  const marker = find("[data-bulk-all]", bar);
  if (count < boxes().length) marker.value = "";
  bar.hidden = count === 0;
  find("[data-bulk-count]", bar).textContent = marker.value ? "Everything that matches is selected" : `${count} selected`;
  const wider = find("[data-select-all]", bar);
  if (wider) wider.hidden = marker.value !== "";
  const page = find("[data-select-page]");
  if (!page) return;
  page.checked = count > 0 && count === boxes().length;
  page.indeterminate = count > 0 && !page.checked;
}

// --- the current row -------------------------------------------------------------------------------------------
export const currentRow = () => find("[data-row][data-current]");

export function makeCurrent(row) {
  if (row === currentRow()) return;
  currentRow()?.removeAttribute("data-current");
  row.setAttribute("data-current", "");
  row.dispatchEvent(new CustomEvent("ui:current", { bubbles: true }));
}

export function goTo(row) {
  if (!row) return;
  makeCurrent(row);
  row.scrollIntoView({ block: "nearest" });
  (find("[data-row-link]", row) ?? box(row))?.focus({ preventScroll: true });
}

export function step(by) {
  const list = rows();
  const here = list.indexOf(currentRow());
  goTo(list[Math.min(list.length - 1, Math.max(0, here < 0 ? 0 : here + by))]);
}

// --- deeds: the buttons of the bulk bar, on what is selected or else on the current row ------------------------
export const deedButtons = () => all("[data-bulk] button[name=bulk]");

export function doTo(button) {
  if (chosen().length) {
    button.click();
    return;
  }
  const row = currentRow();
  if (!row || !box(row) || box(row).disabled) return;
  const form = button.form;
  const values = { [button.name]: button.value, ids: box(row).value };
  request("POST", form.getAttribute("action"), { source: form, target: "#dialog", swap: "innerHTML", values });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-bulk] button[name=bulk]");
  if (button && !chosen().length) {
    event.preventDefault();
    doTo(button);
  }
  if (event.target.matches("input[name=ids]")) pick(event.target.closest("[data-row]"), event.target.checked, { through: event.shiftKey });
  if (event.target.closest("[data-select-all]")) selectEverything(true);
  if (event.target.closest("[data-select-none]")) selectNone();
});
document.addEventListener("change", (event) => { if (event.target.matches("[data-select-page]")) pickPage(event.target.checked); });
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row) makeCurrent(row);
});
showSelection();
