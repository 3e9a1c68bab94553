// A lesson as screens: the cells of one screen are shown at once, keys go on and back, and each screen is made to fit.
(() => {
  const WIDTH = 1280; // pixels, as is the next: a screen is laid out for them and enlarged as a whole
  const HEIGHT = 720;
  // A picture is drawn for 880 pixels. If it were narrower, its letters would be less than 13 pixels high.
  const STEP = 20;
  // Tried in turn: the lines around a picture move closer together, the question moves beside it, its second half
  // moves below, and at last the explanation waits for another press, or the task of a bench makes room: its heading
  // stays below.
  const LAYOUTS = [
    { tight: false, beside: false, from: 1240, to: 1080 },
    { tight: true, beside: false, from: 1240, to: 980 },
    { tight: true, beside: true, from: 920, to: 880 },
    { tight: true, beside: true, below: true, from: 920, to: 880 },
    { tight: true, beside: true, split: true, from: 920, to: 880 },
  ];
  const ON = ["ArrowRight", "PageDown"];
  const BACK = ["ArrowLeft", "PageUp"];
  const ENDS = { Home: () => go(1, false), End: () => go(count, false) };

  const stage = document.getElementById("rendered_cells");
  const screens = new Map();
  for (const cell of stage.querySelectorAll("[cell-index]")) {
    const tagged = cell.querySelector("[class*=celltag_screen-]");
    if (!tagged) {
      cell.classList.add("unseen");
      continue;
    }
    const number = Number(/celltag_screen-(\d+)/.exec(tagged.className)[1]);
    if (!screens.has(number)) {
      const made = document.createElement("section");
      made.className = "screen off";
      made.tabIndex = -1;
      stage.append(made);
      screens.set(number, made);
    }
    if (tagged.classList.contains("celltag_later")) cell.setAttribute("data-later", "");
    if (tagged.classList.contains("celltag_story")) cell.classList.add("story");
    screens.get(number).append(cell);
  }
  const count = screens.size;

  const where = document.createElement("nav");
  where.id = "where";
  where.innerHTML =
    '<span class="what"></span><button type="button" class="code" aria-pressed="false">c: code</button>' +
    '<button type="button" class="back" aria-label="Back">&#8592;</button><span class="number" role="status"></span>' +
    '<button type="button" class="on" aria-label="On">&#8594;</button>';
  stage.append(where);

  let now = 0;
  const shown = () => screens.get(now);

  function heading() {
    for (let number = now; number > 0; number--) {
      const found = screens.get(number).querySelector("h1, h2, h3");
      if (found) return found.textContent.replace("¶", "");
    }
    return document.title;
  }

  function go(number, all) {
    const next = Math.min(count, Math.max(1, number));
    if (next !== now) {
      shown()?.classList.add("off");
      now = next;
      shown().classList.remove("read");
      for (const part of shown().querySelectorAll("[data-later]")) part.classList.toggle("shown", all);
      shown().classList.remove("off");
      document.activeElement?.blur();
      shown().focus({ preventScroll: true });
    }
    where.querySelector(".what").textContent = heading();
    where.querySelector(".number").textContent = `${now} of ${count}`;
    history.replaceState(null, "", `#${now}`);
    fit();
  }

  function on() {
    if (shown().matches(".split:not(.read):has(.answer)")) {
      shown().classList.add("read");
      return fit();
    }
    const later = shown().querySelector("[data-later]:not(.shown)");
    if (!later) return go(now + 1, false);
    later.classList.add("shown");
    fit();
  }

  function back() {
    if (shown().matches(".read")) {
      shown().classList.remove("read");
      return fit();
    }
    const parts = shown().querySelectorAll("[data-later].shown");
    if (!parts.length) return go(now - 1, true);
    parts[parts.length - 1].classList.remove("shown");
    fit();
  }

  function code() {
    const seen = document.body.classList.toggle("code");
    where.querySelector(".code").setAttribute("aria-pressed", String(seen));
    fit();
  }

  /** Choose the widest picture with which nothing of the screen is cut. */
  function fit() {
    const zoom = Math.min(innerWidth / WIDTH, innerHeight / HEIGHT);
    stage.style.zoom = zoom;
    stage.style.left = `${(innerWidth / zoom - WIDTH) / 2}px`;
    const screen = shown();
    if (!screen) return;
    // Who asks the question again gets its picture back.
    if (!screen.querySelector(".answer")) screen.classList.remove("read");
    // What happened before a question stands above it, where there is room in any layout.
    for (const bare of screen.querySelector(".story") ? [false, true] : [true]) {
      screen.classList.toggle("bare", bare);
      for (const { tight, beside, below = false, split = false, from, to } of LAYOUTS) {
        screen.classList.toggle("tight", tight);
        screen.classList.toggle("beside", beside);
        screen.classList.toggle("below", below);
        screen.classList.toggle("split", split);
        for (let width = from; width >= to; width -= STEP) {
          screen.style.setProperty("--picture", `${width}px`);
          if (screen.scrollHeight <= screen.clientHeight) return;
        }
      }
    }
  }

  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      fit();
    });
  }

  // Keys of a field, and of a picture that one walks through by keys, are theirs. After a click they are the lesson's.
  // The browser's own :focus-visible does not tell, because a lesson is led by keys and clicks in turn.
  let walks = false;
  addEventListener(
    "pointerdown",
    () => {
      walks = false;
    },
    { capture: true },
  );
  const busy = (node) =>
    node.matches("input[type=text], input[type=number], select, textarea") || (walks && node.closest("svg"));

  addEventListener(
    "keydown",
    (event) => {
      if (["Tab", "ArrowUp", "ArrowDown"].includes(event.key)) walks = true;
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const turns = ON.includes(event.key) ? on : BACK.includes(event.key) ? back : event.key === "c" ? code : ENDS[event.key];
      if (!turns || (busy(event.target) && !event.key.startsWith("Page"))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      turns();
    },
    { capture: true },
  );
  where.querySelector(".on").addEventListener("click", on);
  where.querySelector(".back").addEventListener("click", back);
  where.querySelector(".code").addEventListener("click", code);
  addEventListener("resize", soon);
  addEventListener("toggle", soon, { capture: true });
  // What is pressed on a card or a bench changes its height. The motion of a picture is no such change.
  const changes = { subtree: true, childList: true, characterData: true, attributeFilter: ["viewBox", "height"] };
  for (const screen of screens.values()) new MutationObserver(soon).observe(screen, changes);
  new MutationObserver(soon).observe(stage, { attributes: true, attributeFilter: ["style"] });
  go(Number(location.hash.slice(1)) || 1, false);
})();
