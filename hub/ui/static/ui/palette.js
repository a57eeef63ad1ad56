// The command palette: everything that this page can lead to or do, found by typing. Opened by Ctrl+K.
// It offers what stands on the page already (places, views, deeds), so nobody gets at more than the page gives them.

const find = (selector, root = document) => root.querySelector(selector);
const SOURCES = [
  ["Do", ":is(.page-actions, [data-deeds-of]) :is(a.button, button.button, .menu-item)"],
  ["To rows", "[data-bulk] button[name=bulk]"],
  ["View", "nav.tabs .tab, .toolbar-end a.menu-item"],
  ["Go to", ".nav .nav-link"],
  ["Set", "[data-theme-choice]"],
];

let commands = [];
let shown = [];
let chosen = 0;

// What an element says, without the number that stands beside it, and to what its deed is done where many are offered.
function words(element) {
  const copy = element.cloneNode(true);
  for (const count of copy.querySelectorAll(".count, .nav-count")) count.remove();
  const of = element.closest("[data-deeds-of]")?.dataset.deedsOf;
  const said = (element.getAttribute("aria-label") || copy.textContent).replace(/\s+/g, " ").trim();
  return of ? `${said}: ${of}` : said;
}

function collect() {
  commands = SOURCES.flatMap(([kind, selector]) =>
    [...document.querySelectorAll(selector)].map((element) => ({ kind, label: words(element), element })));
}

// Every typed word must occur; what begins with them stands first.
function matching(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = commands.filter(({ label }) => wanted.every((word) => label.toLowerCase().includes(word)));
  const rank = ({ label }) => (wanted[0] && label.toLowerCase().startsWith(wanted[0]) ? 0 : 1);
  return fits.sort((one, other) => rank(one) - rank(other)).slice(0, 12);
}

function draw(palette) {
  const list = find("[role=listbox]", palette);
  const input = find("input", palette);
  list.replaceChildren(...shown.map(({ kind, label }, place) => {
    const item = document.createElement("li");
    item.id = `palette-${place}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(place === chosen));
    item.append(Object.assign(document.createElement("span"), { className: "palette-kind", textContent: kind }), label);
    item.addEventListener("click", () => { chosen = place; run(palette); });
    return item;
  }));
  input.setAttribute("aria-activedescendant", shown.length ? `palette-${chosen}` : "");
  find(`#palette-${chosen}`, palette)?.scrollIntoView({ block: "nearest" });
}

function refresh(palette) {
  const text = find("input", palette).value.trim();
  shown = matching(text);
  const search = find("[data-search]");
  if (text && search) shown.push({ kind: "Search", label: `“${text}”`, search: text });
  chosen = 0;
  draw(palette);
}

function run(palette) {
  const command = shown[chosen];
  if (!command) return;
  palette.close();
  if (!command.search) { command.element.click(); return; }
  const search = find("[data-search]");
  search.value = command.search;
  search.form.requestSubmit();
}

function open(palette) {
  if (find("dialog[open]")) return;
  collect();
  find("input", palette).value = "";
  refresh(palette);
  palette.showModal();
}

const palette = find("#palette");
if (palette) {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    open(palette);
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-palette]")) open(palette); });
  find("input", palette).addEventListener("input", () => refresh(palette));
  find("input", palette).addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      event.preventDefault();
      chosen = (chosen + step + shown.length) % shown.length;
      draw(palette);
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(palette);
    }
  });
}
