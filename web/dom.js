// Elements are made here and nowhere else. Text from outside becomes text nodes or attributes that hold text; no string is
// ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// A link, only to http and to places of this site: an address from outside may hold anything.
export function link(address, ...children) {
  let url;
  try {
    url = new URL(address, location.href);
  } catch {
    return h("span", {}, ...children);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return h("span", {}, ...children);
  return h("a", {href: url.origin === location.origin ? url.pathname + url.search + url.hash : url.href}, ...children);
}

// Replaces what `place` holds by these, but leaves alone what has not changed: focus and selection stay.
export function show(place, ...children) {
  const made = document.createElement("div");
  add(made, children);
  const next = [...made.childNodes];
  const old = [...place.childNodes];
  next.forEach((node, i) => {
    if (!old[i]) place.append(node);
    else if (!old[i].isEqualNode(node)) old[i].replaceWith(node);
  });
  old.slice(next.length).forEach((node) => node.remove());
}

// A table whose rows are known by a key, so that an update touches only cells that changed.
// columns: [{title, cell: row => text or nodes, class, sort: name}]; options: {key, empty, caption, onsort, order}.
export class Table {
  constructor(columns, options) {
    this.columns = columns;
    this.options = options;
    this.rows = new Map();
    this.heads = columns.map((column) => this.head(column));
    this.body = h("tbody");
    this.empty = h("p", {class: "quiet", hidden: true}, options.empty || "None.");
    this.table = h("table", {}, h("caption", {class: "unseen"}, options.caption), h("thead", {}, h("tr", {}, this.heads)),
        this.body);
    this.element = h("div", {}, h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": options.caption},
        this.table), this.empty);
  }

  head(column) {
    const title = column.sort && this.options.onsort
        ? h("button", {class: "order", onclick: () => this.options.onsort(column.sort)}, column.title)
        : column.title;
    return h("th", {scope: "col", class: column.class}, title);
  }

  update(list) {
    const seen = new Set();
    list.forEach((row, place) => {
      const key = this.options.key(row);
      seen.add(key);
      let line = this.rows.get(key);
      if (!line) {
        line = h("tr", {}, this.columns.map((column) => h("td", {class: column.class, "data-title": column.title})));
        this.rows.set(key, line);
      }
      this.columns.forEach((column, i) => show(line.cells[i], column.cell(row)));
      if (this.body.children[place] !== line) this.body.insertBefore(line, this.body.children[place] || null);
    });
    for (const [key, line] of this.rows) {
      if (seen.has(key)) continue;
      line.remove();
      this.rows.delete(key);
    }
    const order = this.options.order ? this.options.order() : null;
    this.columns.forEach((column, i) => {
      if (!column.sort || !order) return;
      if (order.sort === column.sort) this.heads[i].setAttribute("aria-sort", order.descending ? "descending" : "ascending");
      else this.heads[i].removeAttribute("aria-sort");
    });
    this.table.parentElement.hidden = list.length === 0;
    this.empty.hidden = list.length > 0;
  }
}
