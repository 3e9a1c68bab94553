// A page by keys: Python sends markup; this patches the page, moves what is in both, and sends back what was pressed.
// It knows nothing about containers. A mark is <g data-key data-box="x y w h">, drawn from its own corner; parts of it
// with data-fit-w or data-fit-h follow its size, less so much. data-from and data-to name the mark, or are the box, that
// it comes from and goes to. data-wait is how long it waits before, in milliseconds.

export const MOVE = 240; // milliseconds; with the longest wait, 150, a step takes less than 400
const SETTLE = 160;
export const BUSY = "No answer yet: the kernel is busy. If it stays so, run this cell again.";
export const DEAD = "The kernel was restarted. Choose Run, then Run All Cells: your answers are kept.";
export const UNHEARD = "Run this cell, and the picture answers when it is pressed.";
const PATIENCE = 2000; // milliseconds until a kernel that has not answered is called busy
const ASK = 1500; // milliseconds until a picture from a saved notebook says that nobody is there
const YOUNG = 60; // seconds: a picture this young was made by a kernel that is still there, if busy with other cells
const WAIT = 15000; // milliseconds until such a picture says the same
const NARROW = 814; // pixels: below, a picture is painted for the page's own width, because its letters would be small
const SEEN = 36; // pixels of an answer that are to be in view when it opens: its first line
const SLACK = 18; // pixels that a width has to differ by to be told: a scroll bar that comes and goes paints nothing anew
const QUIET = "data-lm-suppress-shortcuts"; // Lumino looks for it on the focused element alone
const LEAVING = "data-leaving";
const OURS = new Set(["tabindex", "transform", "style", "open", "data-at", "data-draft", LEAVING, QUIET]);
const PAINTED = { svg: ["style"] }; // how wide a picture may get is Python's to say
const FILLED = { INPUT: ["checked", "value"], OPTION: ["selected"] };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const ease = (t) => 1 - (1 - t) ** 3;
const keyOf = (node) => (node.nodeType === 1 ? node.getAttribute("data-key") : null);
const numbers = (text) => text.split(" ").map(Number);
export const boxOf = (node) => numbers(node.getAttribute("data-box"));

/** Make `old` like `fresh`, keeping each node whose key, or without keys whose place, is in both. `fill`: inputs too. */
export function patch(old, fresh, leave = (node) => node.remove(), changed = () => {}, fill = true) {
  attributes(old, fresh, fill);
  if (fill) fillIn(old, fresh);
  const wanted = new Set([...fresh.childNodes].map(keyOf).filter(Boolean));
  const kept = new Map();
  for (const child of [...old.childNodes]) {
    const key = keyOf(child);
    if (key && wanted.has(key)) kept.set(key, child);
    else if (key) leave(child);
  }
  // What goes is gone before anything moves: a node that is moved in the page would lose the focus.
  let at = old.firstChild;
  const skip = () => {
    while (at?.nodeType === 1 && at.hasAttribute(LEAVING)) at = at.nextSibling;
  };
  const drop = () => {
    const odd = at;
    at = at.nextSibling;
    odd.remove();
  };
  for (const next of [...fresh.childNodes]) {
    skip();
    const key = keyOf(next);
    while (!key && at && !keyOf(at) && at.nodeName !== next.nodeName) {
      drop();
      skip();
    }
    const mine = key ? kept.get(key) : at && !keyOf(at) ? at : null;
    if (!mine || mine.nodeName !== next.nodeName) {
      old.insertBefore(next, at);
      changed(next);
      continue;
    }
    if (mine === at) at = at.nextSibling;
    else old.insertBefore(mine, at);
    if (mine.nodeType === 1) patch(mine, next, leave, changed, fill);
    else if (mine.data !== next.data) {
      mine.data = next.data;
      changed(old);
    }
  }
  for (skip(); at; skip()) drop();
}

/** Give `old` the attributes of `fresh`, but for those that are the page's own or, without `fill`, are filled in. */
function attributes(old, fresh, fill) {
  const ours = (name) =>
    (OURS.has(name) && !PAINTED[old.localName]?.includes(name)) || (!fill && FILLED[old.nodeName]?.includes(name));
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !ours(name)) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes])
    if (!ours(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
}

/** Let an input or an option show what Python says. */
function fillIn(old, fresh) {
  const asked = (name) => fresh.hasAttribute(name);
  if (old.nodeName === "OPTION" && old.selected !== asked("selected")) old.selected = asked("selected");
  if (old.nodeName !== "INPUT" || !old.hasAttribute("data-press")) return;
  if (old.checked !== asked("checked")) old.checked = asked("checked");
  if (asked("value") && old.value !== fresh.getAttribute("value")) old.value = fresh.getAttribute("value");
}

/** Put a mark somewhere: its corner, the parts that follow its size, and how much of it is seen. */
function place(node, [x, y, w, h, seen]) {
  node.setAttribute("transform", `translate(${x} ${y})`);
  const [, , width, height] = boxOf(node);
  for (const part of node.querySelectorAll("[data-fit-w]"))
    part.setAttribute("width", Math.max(0, w - part.getAttribute("data-fit-w")));
  for (const part of node.querySelectorAll("[data-fit-h]"))
    part.setAttribute("height", Math.max(0, h - part.getAttribute("data-fit-h")));
  node.style.opacity = seen < 1 ? String(seen) : "";
  // Texts are not stretched: they come in as the mark gets near its own size.
  const near = Math.max(
    0,
    1 - 3 * Math.max(Math.abs(w - width) / Math.max(w, width, 1), Math.abs(h - height) / Math.max(h, height, 1)),
  );
  for (const text of node.querySelectorAll("text")) text.style.opacity = near < 1 ? String(near) : "";
}

/** The motion of all marks of a page: each starts where it is seen now, so a new goal takes over in mid-flight. */
export class Motion {
  constructor({
    frame = (next) => requestAnimationFrame(next),
    clock = () => performance.now(),
    still = () => false,
  } = {}) {
    Object.assign(this, { frame, clock, still });
    this.seen = new WeakMap(); // where each mark is seen
    this.moving = new Map(); // what moves, from where to where, since when
    this.ghosts = new Map(); // what leaves, by its key
    this.running = false;
  }

  now(node) {
    return this.seen.get(node) ?? [...boxOf(node), 1];
  }

  set(node, box) {
    this.seen.set(node, box);
    place(node, box);
  }

  go(node, from, goal, wait = 0, done = () => {}) {
    this.moving.delete(node);
    if (this.still()) {
      this.set(node, goal);
      done();
      return;
    }
    this.set(node, from);
    this.moving.set(node, { from, goal, start: this.clock() + wait, done });
    if (!this.running) {
      this.running = true;
      this.frame(() => this.tick());
    }
  }

  tick() {
    const now = this.clock();
    for (const [node, { from, goal, start, done }] of this.moving) {
      const t = Math.min(1, Math.max(0, (now - start) / MOVE));
      const near = ease(t);
      this.set(node, t === 1 ? goal : from.map((value, at) => value + (goal[at] - value) * near));
      if (t === 1) {
        this.moving.delete(node);
        done();
      }
    }
    this.running = this.moving.size > 0;
    if (this.running) this.frame(() => this.tick());
  }

  /** Patch `root` with `fresh`: what is in both moves, what is new comes in, and what is gone goes out. */
  show(root, fresh, first = false, fill = true) {
    const marks = () => root.querySelectorAll(`[data-box]:not([${LEAVING}])`);
    const before = new Map([...marks()].map((node) => [keyOf(node), this.now(node)]));
    const gone = [];
    const told = [];
    patch(
      root,
      fresh,
      (node) => {
        if (!node.hasAttribute("data-box") || this.still()) return node.remove();
        gone.push([node, keyOf(node)]);
        node.setAttribute(LEAVING, "");
        node.setAttribute("aria-hidden", "true");
        for (const name of ["tabindex", "role", "data-press", "data-key"]) node.removeAttribute(name);
      },
      (node) => told.push(node),
      fill,
    );
    if (!first) this.tell(told);
    const after = new Map();
    for (const node of marks()) {
      const key = keyOf(node);
      const goal = [...boxOf(node), 1];
      after.set(key, goal);
      if (first) this.set(node, goal);
      else this.arrive(node, key, goal, before);
    }
    for (const [node, key] of gone) {
      const goal = this.source(node, "data-to", after) ?? this.now(node);
      this.ghosts.set(key, node);
      this.go(node, this.now(node), [...goal.slice(0, 4), 0], 0, () => this.drop(key, node));
    }
  }

  /** Let the new words of a mark that stays come in when what they tell of has arrived. */
  tell(nodes) {
    if (this.still()) return;
    const late = { duration: SETTLE, delay: MOVE - SETTLE / 2, fill: "backwards" };
    for (const node of nodes) if (node.nodeName === "text") node.animate?.([{ opacity: 0 }, { opacity: 1 }], late);
  }

  arrive(node, key, goal, before) {
    const ghost = this.ghosts.get(key);
    if (before.has(key)) {
      const heading = this.moving.get(node)?.goal ?? before.get(key);
      if (heading.some((value, at) => value !== goal[at])) this.go(node, before.get(key), goal);
      else place(node, this.now(node));
    } else if (ghost) {
      this.go(node, this.now(ghost), goal);
      this.drop(key, ghost);
    } else {
      const from = this.source(node, "data-from", before) ?? goal;
      const appears =
        node.getAttribute("data-from") && before.has(node.getAttribute("data-from").split("|")[0]) ? 1 : 0;
      this.go(node, [...from.slice(0, 4), appears], goal, Number(node.getAttribute("data-wait") ?? 0));
    }
  }

  source(node, name, boxes) {
    for (const word of (node.getAttribute(name) ?? "").split("|").filter(Boolean)) {
      if (boxes.has(word)) return boxes.get(word);
      if (/^[-\d. ]+$/.test(word)) return numbers(word);
    }
    return null;
  }

  drop(key, node) {
    this.moving.delete(node);
    node.remove();
    if (this.ghosts.get(key) === node) this.ghosts.delete(key);
  }
}

/** Return which of `boxes` [x, y, w, h] is next to the one at `from` in the direction of an arrow key, -1 if none is. */
export function neighbour(boxes, from, key) {
  const middles = boxes.map(([x, y, w, h]) => [x + w / 2, y + h / 2]);
  const [x, y] = middles[from];
  const [right, down] = ARROWS[key];
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  middles.forEach(([mx, my], at) => {
    const along = (mx - x) * right + (my - y) * down;
    const off = Math.abs((mx - x) * down) + Math.abs((my - y) * right);
    if (at !== from && along > 1 && along + 2 * off < least) [best, least] = [at, along + 2 * off];
  });
  return best;
}

/** Return the width to paint for on a page that is `width` pixels wide, 0 for as it is: what was told last stays if near. */
export function widthToTell(width, told) {
  if (width <= 0) return 0;
  const wide = width >= NARROW + (told && told < NARROW ? SLACK : 0);
  const paint = wide ? 880 : Math.floor(width);
  return wide ? (told === 880 ? 0 : 880) : told < NARROW && Math.abs(paint - told) < SLACK ? 0 : paint;
}

/**
 * Return how far to scroll so that `goal` starts in view: never so far that the top of the picture leaves the view. If
 * most of the picture is above the view, as much of it comes back as there is room for, because it is about to move.
 */
export function nudge(view, picture, goal) {
  const end = goal.top + Math.min(goal.height, SEEN);
  const above = view.top - picture.top;
  if (above > picture.height / 2) return -Math.max(0, Math.min(above, view.bottom - end));
  const hidden = end - view.bottom;
  return Math.max(0, Math.min(hidden, picture.top - view.top));
}

function uncover(root, goal) {
  const picture = root.querySelector("svg[role=group]");
  let box = root.parentElement;
  while (box && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY)))
    box = box.parentElement;
  const scroller = box ?? document.scrollingElement;
  const view = box ? box.getBoundingClientRect() : { top: 0, bottom: innerHeight };
  if (picture) scroller.scrollTop += nudge(view, picture.getBoundingClientRect(), goal.getBoundingClientRect());
}

const marksOf = (root) => [...root.querySelectorAll(`svg [data-press]:not([${LEAVING}])`)];

/** One mark of each picture is in the order of Tab; the arrows walk to the others. */
function rove(root, chosen) {
  for (const svg of root.querySelectorAll("svg[role=group]")) {
    const marks = marksOf(svg.parentNode);
    const now = marks.includes(chosen)
      ? chosen
      : (marks.find((mark) => mark.getAttribute("tabindex") === "0") ?? marks[0]);
    for (const mark of marks) mark.setAttribute("tabindex", mark === now ? "0" : "-1");
  }
}

const asDrawn = (list) => list.value === (list.querySelector("[selected]") ?? list.querySelector("option"))?.value;

/**
 * Return what is filled in: by name, a value, or true and false. While a press is on its way, a list of a bench counts
 * only if someone has changed it: as drawn it is older than that press, and would take back what was chosen with it.
 */
export function filledIn(root, underway = false) {
  const form = {};
  for (const field of root.querySelectorAll("[name]")) {
    if (field.type === "radio") {
      if (field.checked) form[field.name] = field.value;
    } else if (field.type === "checkbox") form[field.name] = field.checked;
    else if (underway && field.matches("select") && !field.closest("form") && asDrawn(field)) continue;
    else form[field.name] = field.value;
  }
  return form;
}

/** How long a new picture waits for its kernel, in milliseconds: `born` is when Python made it, both in seconds. */
export function patience(born, now) {
  return Math.abs(now - born) < YOUNG ? WAIT : ASK;
}

/** The line that an arrow brings back in a field: `at` counts back from the end, and 0 is what was being typed. */
export function recall(lines, at, key) {
  return Math.min(lines.length, Math.max(0, at + (key === "ArrowUp" ? 1 : -1)));
}

/** Complete the word before the cursor with what all words that start so have in common; null where that adds nothing. */
export function complete(text, cursor, words) {
  const start = text.slice(0, cursor).search(/[^\s'":=]*$/);
  const begun = text.slice(start, cursor);
  const fits = begun ? [...new Set(words)].filter((word) => word.startsWith(begun)) : [];
  if (!fits.length) return null;
  let common = fits[0];
  for (const word of fits) while (!word.startsWith(common)) common = common.slice(0, -1);
  const added = common.slice(begun.length) + (fits.length === 1 && !/^\s/.test(text.slice(cursor)) ? " " : "");
  return added ? [text.slice(0, cursor) + added + text.slice(cursor), cursor + added.length] : null;
}

/** Do what a shell does on a key in a field that has earlier lines and words to complete. */
function type(event, field) {
  const given = (name) => JSON.parse(field.getAttribute(name));
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key === "Tab") {
    // Where there is nothing to complete, Tab leaves the field as it leaves any other.
    const done = complete(field.value, field.selectionStart, given("data-words"));
    if (!done) return;
    event.preventDefault();
    field.value = done[0];
    field.setSelectionRange(done[1], done[1]);
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    const lines = given("data-earlier");
    const at = Number(field.dataset.at ?? 0);
    const next = recall(lines, at, event.key);
    if (!at) field.dataset.draft = field.value;
    field.dataset.at = next;
    field.value = next ? lines[lines.length - next] : field.dataset.draft;
    field.setSelectionRange(field.value.length, field.value.length);
  }
}

function render({ model, el, signal }) {
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const note = el.appendChild(document.createElement("p"));
  const root = el.appendChild(document.createElement("div"));
  el.classList.add("layerlab-living");
  note.className = "note";
  note.setAttribute("role", "status");
  root.className = "page";
  const motion = new Motion({ still: () => reduced.matches });
  let waiting = 0;
  let sent = 0;
  let answered = 0;
  let pressed = 0; // how many messages were sent when the last press was one of them
  let asking = 0;
  let stamp = "";
  let told = 880;
  let fresh = true;
  const say = (words) => {
    if (note.textContent !== words) note.textContent = words;
  };
  const heard = () => {
    answered += 1;
    if (answered < sent) return;
    hush();
  };
  const hush = () => {
    clearTimeout(waiting);
    clearTimeout(asking);
    say("");
  };
  const dead = () => {
    hush();
    root.setAttribute("inert", "");
    say(DEAD);
  };
  const send = (message) => {
    try {
      model.send(message);
      sent += 1;
      return true;
    } catch {
      dead(); // after a shutdown no event comes, and sending fails
      return false;
    }
  };
  const show = (first) => {
    const held = document.activeElement;
    const had = root.contains(held);
    const at = had ? marksOf(root).indexOf(held) : -1;
    const told = () => root.querySelector(".status")?.textContent ?? "";
    const words = told();
    const next = document.createElement("div");
    next.className = "page";
    next.innerHTML = model.get("markup");
    // An answer to an earlier press does not undo what was filled in since.
    motion.show(root, next, first, sent - answered < 2);
    rove(root, document.activeElement);
    const goal = root.querySelector("[data-focus]");
    const wanted = goal?.getAttribute("data-focus") ?? "";
    const failed = root.querySelector(".failed");
    if (failed) failed.scrollIntoView({ block: "nearest" }); // it stands at the top, and what was pressed may be far below
    else if (wanted && wanted !== stamp && !first) {
      goal.focus({ preventScroll: true }); // it would scroll the picture away in which the answer is seen to happen
      uncover(root, goal);
    } else if (!first && told() !== words && told()) uncover(root, root.querySelector(".status"));
    else if (had && !root.contains(document.activeElement)) marksOf(root)[Math.max(0, at - 1)]?.focus();
    stamp = wanted;
  };
  const press = (key) => {
    clearTimeout(waiting);
    if (send({ press: key, form: filledIn(root, answered < pressed) })) waiting = setTimeout(() => say(BUSY), PATIENCE);
    pressed = sent;
  };
  const enter = (form) => {
    press(form.getAttribute("data-press"));
    for (const field of form.querySelectorAll("[data-earlier]")) {
      field.value = ""; // the arrows bring the line back
      delete field.dataset.at;
    }
  };
  const next = () => el.closest(".jp-Cell")?.nextElementSibling; // asked late: `el` is rendered before it is in the page
  root.addEventListener(
    "click",
    ({ target }) => {
      const copied = target.closest("[data-copy]");
      if (copied) navigator.clipboard.writeText(copied.getAttribute("data-copy"));
      const node = target.closest("[data-press]");
      if (node && !node.matches("input, select, form") && node.getAttribute("aria-disabled") !== "true")
        press(node.getAttribute("data-press"));
    },
    { signal },
  );
  root.addEventListener(
    "change",
    ({ target }) => {
      if (target.matches("[data-press]")) press(target.getAttribute("data-press"));
    },
    { signal },
  );
  root.addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      enter(event.target);
    },
    { signal },
  );
  root.addEventListener(
    "focusin",
    ({ target }) => {
      target.setAttribute(QUIET, ""); // else "d d" would delete the cell, and the arrows would leave it
      const mark = target.closest("svg [data-press]");
      if (mark) rove(root, mark);
    },
    { signal },
  );
  window.addEventListener(
    "keydown",
    (event) => {
      if (!root.contains(event.target)) return;
      // Saving is the one short cut that people use in the middle of a picture: Lumino may hear it.
      if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
        event.target.removeAttribute(QUIET);
        setTimeout(() => event.target.setAttribute(QUIET, ""));
      }
      // Before Lumino, which would run the cell of the picture again: it goes on to the next one instead.
      if (event.key !== "Enter" || !event.shiftKey || !next()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      next().focus();
    },
    { signal, capture: true },
  );
  root.addEventListener(
    "keydown",
    (event) => {
      const field = event.target.closest("form[data-press] input[type=text]");
      // A choice sends its form too, as a text does: else Enter on it would say nothing.
      const sends = field ?? event.target.closest("form[data-press] :is(input[type=radio], input[type=checkbox])");
      if (sends && event.key === "Enter" && !event.shiftKey) {
        // JupyterLab stops what Enter would put into a text, and with it the submit of the form: so it is pressed here.
        event.preventDefault();
        if (!event.repeat) enter(sends.form);
      } else if (field?.hasAttribute("data-earlier")) type(event, field);
      if (event.key === "Enter" && event.target.matches("input[type=number][data-press]")) {
        // JupyterLab stops Enter here too. A field that is left says that it has changed, if it has.
        event.target.blur();
        event.target.focus();
      }
      const mark = event.target.closest("svg [data-press]");
      if (!mark || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (!event.repeat) press(mark.getAttribute("data-press"));
      } else if (ARROWS[event.key]) {
        event.preventDefault();
        const marks = marksOf(mark.closest("svg[role=group]"));
        const boxes = marks
          .map((each) => each.getBoundingClientRect())
          .map(({ x, y, width, height }) => [x, y, width, height]);
        marks[neighbour(boxes, marks.indexOf(mark), event.key)]?.focus();
      }
    },
    { signal },
  );
  model.on("change:markup", () => show(false));
  model.on("comm_live_update", dead); // anywidget shows no `comm_live`, but the event is there
  model.on("msg:custom", (message) => {
    if (message?.heard) heard();
  });
  // A page that was restored from a saved notebook has no kernel, and what it sends goes nowhere: so it asks once.
  asking = setTimeout(() => say(UNHEARD), patience(model.get("born"), Date.now() / 1000));
  send({ here: true });
  show(true);
  const arrive = () => {
    // Shift+Enter has moved on to the next cell: only then does the page take the focus, never on Run All.
    const at = document.activeElement?.closest(".jp-Cell");
    if (at && at === next() && !at.classList.contains("jp-mod-editMode")) root.querySelector("[data-start]")?.focus();
  };
  const measure = new ResizeObserver(([{ contentRect }]) => {
    if (fresh && contentRect.width > 0) {
      fresh = false;
      arrive();
    }
    const width = widthToTell(contentRect.width, told);
    if (width && send({ width })) told = width;
  });
  measure.observe(root);
  return () => {
    hush();
    measure.disconnect();
    motion.moving.clear();
  };
}

export default { render };
