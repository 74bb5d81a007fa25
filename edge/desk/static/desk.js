// The script of the front desk's page. Every part of the page works without it.
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("scripted");
  for (const element of all("[data-scripted]")) element.hidden = false;

  // --- Refreshing parts of the page: the same address is fetched again, and its parts are replaced.

  const refreshing = new Map();

  async function refresh(address, ids) {
    const key = ids.join();
    refreshing.get(key)?.abort();
    const abort = new AbortController();
    refreshing.set(key, abort);
    try {
      const answer = await fetch(address, { signal: abort.signal, headers: { accept: "text/html" } });
      if (answer.redirected && new URL(answer.url).pathname === "/login") return location.reload();
      if (!answer.ok) return false;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ids) put(document.getElementById(id), fresh.getElementById(id));
      return true;
    } catch {
      return false; // Superseded, or the kiosk does not answer: the page shows that.
    }
  }

  function put(old, fresh) {
    if (!old || !fresh) return;
    const node = document.importNode(fresh, true);
    for (const element of all("[data-scripted]", node)) element.hidden = false;
    const focused = old.contains(document.activeElement) && document.activeElement.id;
    const had = old.contains(document.activeElement);
    const changed = old.dataset.arrival !== node.dataset.arrival;
    old.replaceWith(node);
    if (changed) node.classList.add("fresh");
    if (had) (focused && document.getElementById(focused) || node).focus({ preventScroll: true });
  }

  function say(text) {
    const line = document.getElementById("say");
    if (line && text && line.textContent !== text) line.textContent = text;
  }

  // --- The live page.

  const live = document.getElementById("live");
  if (live) {
    const screen = document.getElementById("screen");
    const lost = document.getElementById("lost");
    const another = document.getElementById("another");
    const panel = () => document.getElementById("answer");
    let wanted = null;

    const show = () => {
      if (!wanted || !screen.complete) return;
      screen.src = `${live.dataset.screen}?${encodeURIComponent(wanted)}`;
      wanted = null;
    };
    screen.addEventListener("load", show);
    screen.addEventListener("error", show);

    const arrived = async (arrival) => {
      const { stage, visit, verdict, selected } = arrival;
      const now = [stage, visit ?? "", verdict ?? "", selected].join("/");
      if (now === panel().dataset.arrival) return;
      const busy = panel().dataset.pinned || panel().dataset.touched;
      if (busy) {
        another.hidden = stage !== "answered" || String(visit) === busy;
        if (!another.hidden) say(another.textContent.trim());
        return;
      }
      if (await refresh(location.href, ["answer", "today", "calls"])) {
        say(panel().dataset.said);
        screen.alt = panel().dataset.said;
      }
    };

    const follow = () => {
      const events = new EventSource(live.dataset.events);
      events.addEventListener("open", () => { lost.hidden = true; });
      events.addEventListener("error", () => { lost.hidden = false; });
      events.addEventListener("arrival", (event) => arrived(JSON.parse(event.data)));
      events.addEventListener("screen", (event) => { wanted = event.data; show(); });
      events.addEventListener("visits", () => refresh(location.href, ["today", "calls"]));
      events.addEventListener("notices", () => refresh(location.href, ["notices"]));
      return events;
    };

    // Browsers open few connections to one address: a hidden page needs none.
    let events = follow();
    document.addEventListener("visibilitychange", () => {
      events.close();
      if (document.hidden) return;
      events = follow();
      refresh(location.href, ["today", "calls", "notices"]);
    });

    // A form that somebody is filling in stays, even if another animal arrives.
    document.addEventListener("input", (event) => {
      if (panel().contains(event.target)) panel().dataset.touched = panel().dataset.visit || "yes";
    });
  }

  // --- Search as you type.

  let typed;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-results]");
    if (!form) return;
    clearTimeout(typed);
    typed = setTimeout(async () => {
      const query = new URLSearchParams(new FormData(form)).toString();
      const address = `${form.getAttribute("action")}?${query}`;
      if (await refresh(address, form.dataset.results.split(" "))) {
        if ("address" in form.dataset) history.replaceState(null, "", address);
        say(find("[data-said]", document.getElementById(form.dataset.results))?.dataset.said);
      }
    }, 120);
  });

  // --- A photograph: chosen, taken with a phone, or dropped anywhere on the page.

  const drop = find("form[data-drop]");
  if (drop) {
    const choosers = all("input[type=file]", drop);
    const bar = find("progress", drop);
    const line = find("[role=status]", drop);
    const wrong = find("[role=alert]", drop);

    const tell = (good, bad) => {
      line.textContent = good;
      line.hidden = !good;
      wrong.textContent = bad;
      wrong.hidden = !bad;
    };
    const reasons = { 400: "noPhotograph", 413: "tooLarge", 415: "noPhotograph", 422: "noPhotograph", 429: "busy", 503: "busy" };

    const send = (file) => {
      if (!file || !bar.hidden) return;
      if (file.size > Number(drop.dataset.limit)) return tell("", drop.dataset.tooLarge);
      const request = new XMLHttpRequest();
      request.open("POST", drop.getAttribute("action"));
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("loadend", () => {
        bar.hidden = true;
        for (const chooser of choosers) chooser.value = "";
        if (request.status >= 200 && request.status < 300) return tell(drop.dataset.done, "");
        tell("", drop.dataset[reasons[request.status] ?? "failed"]);
      });
      bar.value = 0;
      bar.hidden = false;
      tell(drop.dataset.sending, "");
      request.send(file);
    };

    for (const chooser of choosers) chooser.addEventListener("change", () => send(chooser.files[0]));
    drop.addEventListener("submit", (event) => event.preventDefault());
    let depth = 0;
    const files = (event) => event.dataTransfer?.types.includes("Files");
    const mark = (by) => {
      depth = by === 0 ? 0 : Math.max(0, depth + by);
      document.body.classList.toggle("dropping", depth > 0);
    };
    addEventListener("dragenter", (event) => files(event) && mark(1));
    addEventListener("dragleave", (event) => files(event) && mark(-1));
    addEventListener("dragover", (event) => files(event) && event.preventDefault());
    addEventListener("drop", (event) => {
      if (!files(event)) return;
      event.preventDefault();
      mark(0);
      send(event.dataTransfer.files[0]);
    });
  }

  // --- Keys: an element with `data-key` is pressed, or focused, by that key. They can be switched off.

  const toggle = document.getElementById("shortcuts");
  const silent = () => localStorage.getItem("shortcuts") === "off";
  const mark = () => {
    document.documentElement.classList.toggle("no-keys", silent());
    toggle?.setAttribute("aria-pressed", String(!silent()));
  };
  mark();
  toggle?.addEventListener("click", () => {
    localStorage.setItem("shortcuts", silent() ? "on" : "off");
    mark();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of all("details.more[open]")) close(menu);
    if (event.ctrlKey || event.metaKey || event.altKey || silent()) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select")) return;
    const key = CSS.escape(event.key.toLowerCase());
    const target = all(`[data-key="${key}"]`).find((element) => element.checkVisibility?.() ?? element.offsetParent);
    if (!target) return;
    event.preventDefault();
    target.focus();
    if (target.matches("input")) return target.select();
    target.click();
    if (target.matches("summary")) find("input:not([type=hidden])", target.parentElement)?.focus();
  });

  const close = (menu) => {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) find("summary", menu).focus();
  };
  document.addEventListener("click", (event) => {
    for (const menu of all("details.more[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // --- A check box that ticks all others of its form.

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-all]")) return;
    for (const box of all("input[type=checkbox][name]", event.target.form)) box.checked = event.target.checked;
  });
})();
