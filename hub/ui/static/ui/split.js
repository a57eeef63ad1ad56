// The pane beside a list: it shows the current row. The choice is a cookie, so that the server draws the pane at once.
import { find, remember, request } from "./dom.js";
import { currentRow, goTo, rows } from "./rows.js";

// Who runs down a list with j does not ask for every row passed.
const REST_MS = 120;
let rest = 0;
let shown = "";

export const paneIsOpen = () => find("#split")?.dataset.split === "on";

export function togglePane() {
  const split = find("#split");
  if (!split) return;
  const open = !paneIsOpen();
  split.dataset.split = open ? "on" : "off";
  remember("split", open ? "on" : "");
  for (const button of document.querySelectorAll("[data-split-toggle]")) button.setAttribute("aria-pressed", String(open));
  shown = "";
  if (open) showCurrent();
}

function ask(address) {
  shown = address;
  request("GET", address, { source: "#preview", target: "#preview", swap: "innerHTML" });
}

// `again` asks also for the row that is shown already: it may have changed.
export function showCurrent({ again = false } = {}) {
  if (!paneIsOpen()) return;
  clearTimeout(rest);
  const row = currentRow() ?? rows()[0];
  if (!currentRow() && row) row.setAttribute("data-current", "");
  const address = row?.dataset.preview ?? "";
  if (!address) {
    find("#preview").replaceChildren();
    shown = "";
  } else if (again || address !== shown) rest = setTimeout(() => ask(address), shown ? REST_MS : 0);
}

document.addEventListener("ui:current", () => showCurrent());
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-split-toggle]")) return;
  const inside = event.target.closest("#preview") !== null;
  togglePane();
  if (inside) goTo(currentRow());
});
showCurrent();
