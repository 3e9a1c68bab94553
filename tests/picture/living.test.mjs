// The rules by which a page is patched and its marks move, with a clock that a test turns.

import assert from "node:assert/strict";
import test from "node:test";
import { parseHTML } from "linkedom";
import {
  complete,
  filledIn,
  MOVE,
  Motion,
  neighbour,
  nudge,
  patch,
  patience,
  recall,
  widthToTell,
} from "../../layerlab/picture/living.js";

const { document } = parseHTML("<!doctype html><body></body>");

const page = (markup) => {
  const root = document.createElement("div");
  root.innerHTML = markup;
  return root;
};
const picture = (...marks) => `<svg>${marks.join("")}</svg>`;
const mark = (key, box, more = "") =>
  `<g data-key="${key}" data-box="${box}" ${more}><rect data-fit-w="0" data-fit-h="2"></rect><text>${key}</text></g>`;
const at = (root, key) => {
  const [, x, y] = root
    .querySelector(`[data-key="${key}"]`)
    .getAttribute("transform")
    .match(/translate\((.*) (.*)\)/);
  return [Number(x), Number(y)];
};

/** A page whose clock stands until `turn` moves it on. */
function still() {
  let now = 0;
  let waiting = [];
  const motion = new Motion({ frame: (next) => waiting.push(next), clock: () => now });
  const turn = (milliseconds) => {
    now += milliseconds;
    const due = waiting;
    waiting = [];
    for (const next of due) next();
  };
  const root = page("");
  const show = (markup, first = false) => motion.show(root, page(markup), first);
  return { motion, root, show, turn, frames: () => waiting.length };
}

test("what has a key in both pages is the same node, wherever it stands", () => {
  const root = page('<p data-key="a">1</p><p data-key="b">2</p>');
  const b = root.children[1];
  patch(root, page('<p data-key="b">3</p><p data-key="c">4</p>'));
  assert.equal(root.children[0], b);
  assert.deepEqual(
    ["3", "4"],
    [...root.children].map((node) => node.textContent),
  );
});

test("what stays in its place is not moved in the page, for a moved node loses the focus", () => {
  const root = page('<p data-key="a">1</p><p data-key="b">2</p><p data-key="c">3</p>');
  const moved = [];
  const insert = root.insertBefore.bind(root);
  root.insertBefore = (node, before) => moved.push(node.getAttribute("data-key")) && insert(node, before);
  patch(root, page('<p data-key="b">2</p><p data-key="c">3</p>'));
  assert.deepEqual([], moved);
});

test("text and attributes become those of the fresh page, and what is the page's own stays", () => {
  const root = page('<details data-key="d" open class="x" title="t"><summary tabindex="0">old</summary></details>');
  patch(root, page('<details data-key="d" class="y"><summary>new</summary></details>'));
  const details = root.firstChild;
  assert.ok(details.hasAttribute("open"));
  assert.equal("y", details.getAttribute("class"));
  assert.equal(null, details.getAttribute("title"));
  assert.equal("0", details.firstChild.getAttribute("tabindex"));
  assert.equal("new", details.textContent);
});

test("a picture is as wide as it is now painted, and its marks keep what moves them", () => {
  const root = page('<svg style="max-width:880px"><g data-key="a" style="opacity:.5"></g></svg>');
  patch(root, page('<svg style="max-width:640px"><g data-key="a"></g></svg>'));
  assert.equal("max-width:640px", root.firstChild.getAttribute("style"));
  assert.equal("opacity:.5", root.querySelector("g").getAttribute("style"));
});

test("without keys, elements are matched in order and odd ones go", () => {
  const root = page("<b>1</b><i>2</i>");
  const i = root.children[1];
  patch(root, page("<i>3</i>"));
  assert.deepEqual([i], [...root.children]);
  assert.equal("3", i.textContent);
});

test("the first page stands still", () => {
  const { root, show, frames } = still();
  show(picture(mark("a", "10 20 30 40")), true);
  assert.deepEqual([10, 20], at(root, "a"));
  assert.equal(0, frames());
});

test("a mark that stays moves to its new place and takes its size along, less the inset", () => {
  const { root, show, turn } = still();
  show(picture(mark("a", "0 0 10 10")), true);
  show(picture(mark("a", "100 0 50 10")));
  assert.deepEqual([0, 0], at(root, "a"));
  turn(MOVE / 2);
  assert.ok(at(root, "a")[0] > 50 && at(root, "a")[0] < 100);
  turn(MOVE);
  assert.deepEqual([100, 0], at(root, "a"));
  const rect = root.querySelector("rect");
  assert.deepEqual(["50", "8"], [rect.getAttribute("width"), rect.getAttribute("height")].map(String));
});

test("a new mark comes from the first of its sources that is there, and can wait", () => {
  const { root, show, turn } = still();
  show(picture(mark("file", "0 100 20 10")), true);
  show(picture(mark("file", "0 100 20 10"), mark("copy", "0 0 20 10", 'data-from="none|file" data-wait="150"')));
  assert.deepEqual([0, 100], at(root, "copy"));
  turn(150);
  assert.deepEqual([0, 100], at(root, "copy"));
  turn(MOVE);
  assert.deepEqual([0, 0], at(root, "copy"));
});

test("a new goal takes over in mid-flight, from where the mark is seen", () => {
  const { root, show, turn } = still();
  show(picture(mark("a", "0 0 10 10")), true);
  show(picture(mark("a", "100 0 10 10")));
  turn(MOVE / 2);
  const [x] = at(root, "a");
  show(picture(mark("a", "0 0 10 10")));
  assert.deepEqual([x, 0], at(root, "a"));
  turn(MOVE);
  assert.deepEqual([0, 0], at(root, "a"));
});

test("what is gone can be neither pressed nor heard, goes to its goal and is then away", () => {
  const { root, show, turn } = still();
  show(picture(mark("a", "0 0 9 9", 'data-press="a" role="button" data-to="0 50 9 9"')), true);
  show(picture());
  const ghost = root.querySelector("g");
  assert.deepEqual(
    [null, null, "true"],
    ["data-press", "role", "aria-hidden"].map((name) => ghost.getAttribute(name)),
  );
  turn(MOVE);
  assert.equal(0, root.querySelectorAll("g").length);
});

test("what comes back while it leaves starts where it is seen, and is there once", () => {
  const { root, show, turn } = still();
  show(picture(mark("a", "0 0 9 9", 'data-to="0 50 9 9"')), true);
  show(picture());
  turn(MOVE / 2);
  show(picture(mark("a", "0 0 9 9")));
  assert.equal(1, root.querySelectorAll("g").length);
  assert.ok(at(root, "a")[1] > 25);
  turn(MOVE);
  assert.deepEqual([0, 0], at(root, "a"));
});

test("where reduced motion is asked for, all is in place at once", () => {
  const motion = new Motion({ still: () => true, frame: () => assert.fail("a frame") });
  const root = page(picture(mark("a", "0 0 1 1"), mark("b", "5 5 1 1")));
  motion.show(root, page(picture(mark("a", "9 9 1 1"), mark("c", "1 1 1 1", 'data-from="a" data-wait="150"'))));
  assert.deepEqual([9, 9], at(root, "a"));
  assert.deepEqual([1, 1], at(root, "c"));
  assert.equal(null, root.querySelector('[data-key="b"]'));
});

test("a step with the longest wait takes less than 400 milliseconds", () => {
  assert.ok(MOVE + 150 < 400);
});

test("an arrow goes to the nearest mark in its direction, and stays where there is none", () => {
  const boxes = [
    [0, 0, 10, 10],
    [0, 20, 10, 10],
    [0, 40, 10, 10],
    [100, 21, 10, 10],
  ];
  assert.equal(1, neighbour(boxes, 0, "ArrowDown"));
  assert.equal(3, neighbour(boxes, 1, "ArrowRight"));
  assert.equal(1, neighbour(boxes, 3, "ArrowLeft"));
  assert.equal(-1, neighbour(boxes, 0, "ArrowUp"));
});

test("a width is told when the layout changes, and not for a few pixels back and forth", () => {
  assert.equal(0, widthToTell(1000, 880));
  assert.equal(0, widthToTell(814, 880));
  assert.equal(813, widthToTell(813, 880));
  assert.equal(640, widthToTell(640.5, 880));
  assert.equal(0, widthToTell(650, 640));
  assert.equal(0, widthToTell(0, 640));
  assert.equal(820, widthToTell(820, 640));
  assert.equal(880, widthToTell(832, 640));
});

test("an answer to an earlier press leaves alone what was filled in since", () => {
  const list = (chosen) =>
    `<select>${["a", "b"].map((each) => `<option${each === chosen ? " selected" : ""}>${each}</option>`)}</select>`;
  const root = page(list("a"));
  const [a, b] = root.querySelectorAll("option");
  [a.selected, b.selected] = [false, true]; // as a browser has it after a choice
  const filled = () => [a.selected, b.selected];
  patch(root, page(list("a")), undefined, undefined, false);
  assert.deepEqual([false, true], filled());
  patch(root, page(list("a")));
  assert.deepEqual([true, false], filled());
});

test("a form carries what is filled in", () => {
  const root = page(
    '<input type="radio" name="r" value="a"><input type="radio" name="r" value="b" checked>' +
      '<input type="checkbox" name="c" checked><input type="text" name="t" value="5 kB">',
  );
  for (const ticked of root.querySelectorAll("[checked]")) ticked.checked = true; // as a browser has it
  assert.deepEqual({ r: "b", c: true, t: "5 kB" }, filledIn(root));
});

test("while a press is on its way, a list of a bench counts if it was changed, and a card's always", () => {
  const list =
    '<select name="container"><option value="web" selected>web</option><option value="job">job</option></select>';
  const bench = page(list);
  assert.deepEqual({ container: "web" }, filledIn(bench));
  assert.deepEqual({}, filledIn(bench, true));
  Object.defineProperty(bench.querySelector("select"), "value", { value: "job" }); // linkedom cannot choose
  assert.deepEqual({ container: "job" }, filledIn(bench, true));
  assert.deepEqual({ container: "web" }, filledIn(page(`<form>${list}</form>`), true));
});

test("a word is completed as far as all that start so agree, and a whole one gets a space", () => {
  const words = ["docker", "web", "web-image", "job", "run", "rm", "rmi"];
  assert.deepEqual(["docker ", 7], complete("d", 1, words));
  assert.deepEqual(["docker rm web", 13], complete("docker rm w", 11, words));
  assert.deepEqual(["docker stop job --x", 15], complete("docker stop j --x", 13, words));
  assert.deepEqual(["run --name=job ", 15], complete("run --name=j", 12, words));
});

test("where nothing is completed, Tab has to leave the field", () => {
  for (const text of ["", "docker ", "docker x", "docker web", "docker r"])
    assert.equal(null, complete(text, text.length, ["docker", "web", "web-image", "run", "rm"]), text);
});

test("the arrows walk through earlier lines, and stop at both ends", () => {
  const walk = (keys) => keys.reduce((at, key) => recall(["a", "b"], at, key), 0);
  assert.equal(1, walk(["ArrowUp"]));
  assert.equal(2, walk(["ArrowUp", "ArrowUp", "ArrowUp"]));
  assert.equal(0, walk(["ArrowUp", "ArrowDown", "ArrowDown"]));
});

test("an answer comes into view as far as the picture stays in it", () => {
  const view = { top: 100, bottom: 700 };
  assert.equal(0, nudge(view, { top: 120 }, { top: 500, height: 300 })); // it is seen: nothing moves
  assert.equal(40, nudge(view, { top: 300 }, { top: 704, height: 300 }));
  assert.equal(20, nudge(view, { top: 120 }, { top: 690, height: 300 })); // the picture's top stays at the view's
  assert.equal(0, nudge(view, { top: 40 }, { top: 680, height: 300 }));
  assert.equal(-300, nudge(view, { top: -200, height: 450 }, { top: 300, height: 300 })); // it is to be seen moving
  assert.equal(-214, nudge(view, { top: -230, height: 620 }, { top: 450, height: 300 })); // as far as there is room
  assert.equal(0, Math.abs(nudge(view, { top: -400, height: 450 }, { top: 680, height: 300 })));
  assert.equal(10, nudge(view, { top: 300 }, { top: 680, height: 30 }));
});

test("a picture that Python has just made waits for a busy kernel, and one from a saved notebook soon says what to do", () => {
  assert.equal(15000, patience(1000, 1002));
  assert.equal(1500, patience(1000, 1000 + 86400));
  assert.equal(1500, patience(undefined, 1000)); // a notebook of an earlier version
});
