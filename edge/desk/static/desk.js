// The script of the front desk's page. Every part of the page works without it.
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  for (const element of all("[data-scripted]")) element.hidden = false;

  // --- Refreshing parts of the page: the same address is fetched again, and its parts are replaced. The answer is the
  // fresh page, if there is any.

  const refreshing = new Map();

  async function refresh(address, ids) {
    const key = ids.join();
    refreshing.get(key)?.abort();
    const abort = new AbortController();
    refreshing.set(key, abort);
    try {
      const fresh = await load(address, abort.signal);
      for (const id of ids) put(document.getElementById(id), fresh?.getElementById(id));
      return fresh;
    } catch {
      return undefined; // Superseded, or the kiosk does not answer: the page shows that.
    }
  }

  // A page of the kiosk; nothing where it refuses it.
  async function load(address, signal) {
    const answer = await fetch(address, { signal, headers: { accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname === "/login") return tell("ended");
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : undefined;
  }

  function put(old, fresh) {
    if (!old || !fresh) return;
    const node = document.importNode(fresh, true);
    for (const element of all("[data-scripted]", node)) element.hidden = false;
    if (old.isEqualNode(node)) return;
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

  // --- The connection: a stream of events tells what happens, and at least every two seconds that the kiosk is there.
  // A page that has lost it says why, tries again, and goes on where it was. Where there is no room for one more stream,
  // it asks for what the stream would have told.

  const SILENCE = 4500;
  const AGAIN = 1000;
  const EVENTS = ["open", "alive", "arrival", "language", "notices", "others", "screen", "visits"];
  const lost = document.getElementById("lost");
  const ended = document.getElementById("ended");
  const heard = {}; // What the page does at an event.
  let problem = ""; // "lost" or "ended", or nothing.
  let stream;
  let timer;

  function tell(what) {
    problem = what;
    if (lost) lost.hidden = what !== "lost";
    if (ended) ended.hidden = what !== "ended";
  }

  // Asks the kiosk what the problem is.
  async function ask() {
    try {
      const answer = await fetch("/api/v1/session", {
        headers: { accept: "application/json" },
        signal: AbortSignal.timeout(2000),
      });
      if (answer.ok) return "";
      return answer.status === 401 ? "ended" : "lost";
    } catch {
      return "lost";
    }
  }

  function stop() {
    clearTimeout(timer);
    stream?.close();
  }

  function follow() {
    stop();
    // Browsers open few connections to one address: a hidden page needs none.
    if (document.hidden || !document.body.dataset.events) return;
    stream = new EventSource(document.body.dataset.events);
    stream.addEventListener("error", failed);
    for (const name of EVENTS) {
      stream.addEventListener(name, (event) => {
        tell("");
        wait();
        heard[name]?.(event);
      });
    }
    wait();
  }

  // Waits for the next event.
  function wait() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      tell("lost");
      failed();
    }, SILENCE);
  }

  async function failed() {
    stop();
    if (document.hidden) return;
    const what = await ask();
    tell(what);
    if (!what) await poll();
    clearTimeout(timer);
    timer = setTimeout(what ? failed : follow, AGAIN);
  }

  async function poll() {
    if (!heard.polled) return;
    try {
      const answer = await fetch("/api/v1/live", {
        headers: { accept: "application/json" },
        signal: AbortSignal.timeout(2000),
      });
      if (answer.ok) heard.polled(await answer.json());
    } catch {
      // The next try says what the problem is.
    }
  }

  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && follow());

  // What is sent while the kiosk does not answer, or to nobody who is logged in, would be lost with what was typed.
  document.addEventListener("submit", async (event) => {
    if (!problem) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target, submitter } = event;
    tell(await ask());
    if (!problem) target.requestSubmit(submitter);
  }, true);

  // --- The language: another one shows at once, unless somebody is typing. Then it shows on the next page.

  let typing = Boolean(find("[aria-invalid=true]"));
  document.addEventListener("input", (event) => {
    typing ||= !event.target.closest("form[data-results]");
    if (ended) find("a", ended).target = typing ? "_blank" : "";
  });

  heard.language = async () => {
    const fresh = await load(location.href).catch(() => undefined);
    if (!fresh || fresh.documentElement.lang === document.documentElement.lang || typing) return;
    keepPlace();
    location.replace(location.pathname + location.search);
  };

  // --- The place: a form that leads back to the same page leaves its reader where they were.

  const PLACE = "place";
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary";

  // What tells an element from those that do something else, and its place among those that do the same.
  const does = (element) => [element.tagName, element.form?.getAttribute("action"), element.name].join();
  const alike = (kind) => all(FOCUSABLE, document.getElementById("main")).filter((element) => does(element) === kind);

  function keepPlace() {
    const at = document.activeElement;
    const part = at.closest("[tabindex='-1'][id]")?.id;
    const same = alike(does(at));
    const focus = { id: at.id, kind: does(at), index: same.indexOf(at), part };
    const place = { path: location.pathname, top: scrollY, focus };
    sessionStorage.setItem(PLACE, JSON.stringify(place));
  }

  function takePlace() {
    const kept = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    const { path, top, focus } = JSON.parse(kept) ?? {};
    if (!kept) return;
    const wrong = find("main [aria-invalid=true]") ?? find("main [role=alert]:not([hidden])");
    if (wrong) {
      wrong.scrollIntoView({ block: "center" });
      return wrong.focus({ preventScroll: true });
    }
    if (path !== location.pathname) return;
    scrollTo(0, top);
    if (focus.index < 0) return;
    const same = alike(focus.kind);
    // Where the element is gone, the next one takes its place.
    const again = (focus.id && document.getElementById(focus.id)) || same[Math.min(focus.index, same.length - 1)];
    const seen = again?.checkVisibility?.() ?? again?.offsetParent;
    (seen ? again : document.getElementById(focus.part))?.focus({ preventScroll: true });
  }

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    keepPlace();
    // Without a script, a fragment leads back to the list. Here it would take the focus away again.
    const { next } = event.target.elements;
    if (next) next.value = next.value.split("#")[0];
  });
  takePlace();

  // --- The live page.

  // When digits last meant arrivals.
  let numbered = -Infinity;
  const live = document.getElementById("live");
  if (live) {
    const screen = document.getElementById("screen");
    const late = document.getElementById("late");
    const another = document.getElementById("another");
    const panel = () => document.getElementById("answer");
    let wanted = null;
    let painted = null;

    const paint = (picture) => {
      if (picture === painted) return;
      wanted = picture;
      show();
    };

    const show = () => {
      if (!wanted || !screen.complete) return;
      screen.src = `${live.dataset.screen}?${encodeURIComponent(wanted)}`;
      painted = wanted;
      wanted = null;
    };
    screen.addEventListener("load", show);
    screen.addEventListener("error", () => {
      painted = null;
      show();
    });

    // What is on the screen, as far as the page knows.
    let shown = null;

    const key = ({ id, stage, visit, verdict, selected, revision, guess, selected_guest: guest }) => {
      const guests = guess?.guests.map(({ animal }) => animal).join() ?? "";
      return [stage, visit ?? "", verdict ?? "", selected, revision, id, guests, guest ?? ""].join("/");
    };

    // The panel stays as it is while it is pinned to a visit, or somebody is filling it in.
    const busy = () => panel().dataset.pinned || panel().dataset.touched;

    const renew = async () => {
      if (busy()) return refresh(location.href, ["others", "keys"]);
      if (await refresh(location.href, ["answer", "others", "keys", "today", "calls"])) {
        say(panel().dataset.said);
        screen.alt = panel().dataset.said;
      }
    };

    const arrived = (arrival) => {
      shown = arrival;
      const { stage, visit } = arrival;
      if (key(arrival) === panel().dataset.arrival) return;
      if (busy()) {
        another.hidden = stage !== "answered" || String(visit) === busy();
        if (!another.hidden) say(another.textContent.trim());
      }
      renew();
    };

    // The arrivals beside that one.
    const beside = (others) => {
      const cards = document.getElementById("others");
      if (!cards.hidden && !others.length) numbered = performance.now();
      if (others.map(key).join(" ") !== cards.dataset.arrivals) renew();
    };

    heard.arrival = (event) => arrived(JSON.parse(event.data));
    heard.others = (event) => beside(JSON.parse(event.data));
    heard.screen = (event) => paint(event.data);
    heard.visits = () => refresh(location.href, ["today", "calls"]);
    heard.notices = () => refresh(location.href, ["notices"]);
    heard.polled = ({ arrival, others, screen: picture }) => {
      arrived(arrival);
      beside(others);
      paint(picture);
      refresh(location.href, ["today", "calls", "notices"]);
    };
    // What happened while the page did not follow.
    let followed = false;
    heard.open = () => {
      if (followed) heard.visits();
      followed = true;
    };

    // The buttons of the screen. Each press says what the page showed at that moment. One that comes too late changes
    // nothing, and the page shows what is there now. What somebody is typing stays.
    const press = async (action) => {
      const { id, visit, revision, selected_guest: guest, selected } = shown;
      late.hidden = true;
      try {
        const answer = await fetch(`/api/v1${action}`, {
          method: "POST",
          headers: { accept: "application/json", "content-type": "application/json" },
          body: JSON.stringify({ arrival: id, visit, revision, selected_guest: guest, selected }),
        });
        late.hidden = answer.status !== 409;
        if (!late.hidden) {
          const { arrival, others } = await answer.json();
          arrived(arrival);
          return beside(others);
        }
        if (!answer.ok) tell(await ask());
      } catch {
        tell(await ask());
      }
    };
    live.addEventListener("submit", (event) => {
      // Until the kiosk has said what it shows, the form knows what the page was loaded with.
      if (!shown || !event.target.matches(".keys form")) return;
      event.preventDefault();
      // The button still names another arrival.
      late.hidden = Number(event.target.elements.arrival.value) === shown.id;
      if (late.hidden) press(event.target.getAttribute("action"));
      else renew();
    });

    // A form that somebody is filling in stays, even if another animal arrives.
    document.addEventListener("input", (event) => {
      if (panel().contains(event.target)) panel().dataset.touched = panel().dataset.visit || "yes";
    });
  }

  follow();

  // --- Search as you type. Enter searches at once, and the focus stays.

  const search = async (form) => {
    const query = new URLSearchParams(new FormData(form)).toString();
    const address = `${form.getAttribute("action")}?${query}`;
    const ids = form.dataset.results.split(" ");
    const fresh = await refresh(address, ids);
    if (!fresh) return;
    carryOver(fresh);
    if ("address" in form.dataset) history.replaceState(null, "", address);
    say(find("[data-said]", document.getElementById(ids[0]))?.dataset.said);
  };
  let typed;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-results]");
    if (!form) return;
    clearTimeout(typed);
    typed = setTimeout(search, 120, form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-results]")) return;
    event.preventDefault();
    clearTimeout(typed);
    search(event.target);
  });

  // --- What was searched is what somebody new is added with. The kiosk has sorted it into the fields; those that
  // somebody has changed stay.

  function carryOver(fresh) {
    for (const input of all("input[data-sought]")) input.value = fresh.getElementById(input.id)?.value ?? input.value;
  }

  document.addEventListener("input", ({ target }) => target.removeAttribute("data-sought"));

  // --- Photographs: chosen, taken with a phone, or dropped anywhere on the page. They are sent in turn.

  const drop = find("form[data-drop]");
  if (drop) {
    const choosers = all("input[type=file]", drop);
    const bar = find("progress", drop);
    const line = find("[role=status]", drop);
    const wrong = find("[role=alert]", drop);
    const texts = drop.dataset;
    const reasons = { 413: texts.tooLarge, 429: texts.busy, 503: texts.busy };

    const tell = (text) => {
      line.textContent = text;
      line.hidden = !text;
    };

    // A line for each file that was refused: its name, and why.
    const refuse = (file, reason) => {
      const name = document.createElement("b");
      const about = document.createElement("p");
      name.textContent = file.name;
      name.dir = "auto";
      about.append(name, " ", reason);
      wrong.append(about);
      wrong.hidden = false;
    };

    const post = (file) => new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", drop.getAttribute("action"));
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Accept-Language", document.documentElement.lang);
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("loadend", () => done(request));
      request.send(file);
    });

    const pause = (ms) => new Promise((done) => setTimeout(done, ms));

    // The kiosk shows each photograph for some seconds, and refuses more while many wait.
    const TRIES = 60;
    const send = async (file) => {
      if (file.size > Number(texts.limit)) return texts.tooLarge;
      for (let tries = 1; ; tries += 1) {
        bar.value = 0;
        const { status, response } = await post(file);
        if (status >= 200 && status < 300) return "";
        if (status !== 503 || tries === TRIES) return response?.reason ?? reasons[status] ?? texts.failed;
        await pause(1000);
      }
    };

    const waiting = [];
    const sendAll = async (files) => {
      waiting.push(...files);
      if (!bar.hidden || !waiting.length) return;
      bar.hidden = false;
      wrong.hidden = true;
      wrong.replaceChildren();
      let sent = 0;
      let taken = 0;
      while (waiting.length) {
        const file = waiting.shift();
        sent += 1;
        const count = sent + waiting.length;
        tell(count > 1 ? `${texts.sending} ${sent}/${count}` : texts.sending);
        const reason = await send(file);
        if (reason) refuse(file, reason);
        else taken += 1;
      }
      bar.hidden = true;
      tell(taken > 1 ? texts.doneAll : taken ? texts.done : "");
    };

    for (const chooser of choosers) {
      chooser.multiple = "several" in chooser.dataset;
      chooser.addEventListener("change", () => {
        sendAll([...chooser.files]);
        chooser.value = "";
      });
    }
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
      sendAll([...event.dataTransfer.files]);
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
    // A digit that was meant for an arrival, which has just gone, confirms no breed.
    if (target.matches(".choice") && performance.now() - numbered < 2000) return;
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

  // --- Setting the kiosk up: what the camera sees, and the time zone of the phone where nobody chose one.

  const aim = document.getElementById("aim");
  if (aim) {
    const none = document.getElementById("no-picture");
    let turn = 0;
    let failed = 0;
    const again = () => {
      aim.src = `/setup/camera.jpg?${++turn}`;
    };
    const seen = (is) => {
      none.hidden = is;
      aim.parentElement.hidden = !is;
      failed = is ? 0 : failed + 1;
      // A fresh page says why. But nothing that somebody reads or types may vanish.
      const address = find("#address");
      const isBusy = address?.value || document.activeElement === address || find("#wrong");
      if (failed >= 3 && !isBusy) {
        location.replace("/setup/camera");
        return;
      }
      setTimeout(again, is ? 300 : 2000);
    };
    aim.addEventListener("load", () => seen(true));
    aim.addEventListener("error", () => seen(false));
    // The first one may have come or failed already.
    if (aim.complete) again();
  }

  const zone = find("input[data-guess]");
  if (zone) {
    // Also one of the old names that some phones use, such as Asia/Calcutta.
    zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? zone.value;
  }

  // --- A button that prints the page.

  find("[data-print]")?.addEventListener("click", () => print());

  // --- A check box that ticks all others of its form.

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-all]")) return;
    for (const box of all("input[type=checkbox][name]", event.target.form)) box.checked = event.target.checked;
  });
})();
