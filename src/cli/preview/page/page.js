/* sns-to-slack preview: shows parts of the page anew, and keeps the view in the URL. Without it the page can be looked at. */
"use strict";
(() => {
  const root = document.documentElement;
  const isServer = root.dataset.site === "server";
  const WORDS = {
    theme: ["light", "dark"],
    width: ["desktop", "phone"],
    tab: ["event", "context", "payload", "decision", "limits"],
    only: ["message"], // For pictures.
  };
  const byId = (id) => document.getElementById(id);

  /* The view, as the URL says. */

  const view = {};

  function readView() {
    const query = new URLSearchParams(location.search);
    for (const [name, words] of Object.entries(WORDS)) {
      const word = query.get(name);
      view[name] = words.includes(word) ? word : undefined;
    }
    applyView();
  }

  function applyView() {
    for (const name of ["theme", "width", "only"]) {
      if (view[name]) root.dataset[name] = view[name];
      else delete root.dataset[name];
    }
    root.dataset.tab = view.tab ?? "event";
  }

  function viewQuery() {
    const query = new URLSearchParams();
    for (const name of Object.keys(WORDS)) if (view[name]) query.set(name, view[name]);
    if (byId("search").value) query.set("q", byId("search").value);
    return query.size ? `?${query}` : "";
  }

  function showView() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const shown = { theme: view.theme ?? (dark ? "dark" : "light"), width: view.width ?? "desktop", tab: view.tab ?? "event" };
    for (const link of document.querySelectorAll("[data-view]")) {
      const { view: name, word } = link.dataset;
      const chosen = shown[name] === word;
      if (name === "tab") {
        link.setAttribute("aria-selected", chosen);
        link.tabIndex = chosen ? 0 : -1;
      } else if (chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const link of document.querySelectorAll("[data-carry]")) link.search = viewQuery();
  }

  function choose(name, word) {
    view[name] = word;
    applyView();
    keepView();
  }

  function keepView() {
    showView();
    history.replaceState(null, "", location.pathname + viewQuery());
  }

  readView(); // Before anything is drawn.

  /* Dates as Slack writes them, in the viewer's zone. */

  function dates(within) {
    for (const time of within.querySelectorAll("time[data-slack-format]:not([title])")) {
      if (within.readyState === "loading" && !isParsed(time)) continue;
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.title = `${time.dateTime} (${time.textContent})`;
      time.textContent = slackDate(at, time.dataset.slackFormat);
    }
  }

  // Something comes after it, so all of it is there.
  function isParsed(node) {
    return node !== null && (node.nextSibling !== null || isParsed(node.parentNode));
  }

  // While the page comes in, so that no line breaks elsewhere once it has been seen.
  const coming = new MutationObserver(() => dates(document));
  coming.observe(document, { childList: true, subtree: true });

  function slackDate(at, format) {
    const part = (options) => at.toLocaleDateString("en-US", options);
    const clock = (options) => at.toLocaleTimeString(undefined, options);
    const nth = (day) => {
      const last = day % 10;
      return `${day}${day > 10 && day < 14 ? "th" : ["th", "st", "nd", "rd"][last] ?? "th"}`;
    };
    const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
    const away = Math.round((midnight(at) - midnight(new Date())) / 86_400_000);
    const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[away];
    const two = (number) => String(number).padStart(2, "0");
    const date = `${part({ month: "long" })} ${nth(at.getDate())}, ${at.getFullYear()}`;
    const short = part({ month: "short", day: "numeric", year: "numeric" });
    const long = `${part({ weekday: "long" })}, ${date}`;
    const words = {
      date_num: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
      date, date_short: short, date_long: long,
      date_pretty: near ?? date, date_short_pretty: near ?? short, date_long_pretty: near ?? long,
      time: clock({ hour: "numeric", minute: "2-digit" }),
      time_secs: clock({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
      ago: ago(at),
    };
    const text = format.replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  function ago(at) {
    let left = (at - Date.now()) / 1000;
    const words = new Intl.RelativeTimeFormat("en");
    for (const [unit, most] of [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12]]) {
      if (Math.abs(left) < most) return words.format(Math.round(left), unit);
      left /= most;
    }
    return words.format(Math.round(left), "year");
  }

  document.addEventListener("DOMContentLoaded", () => {
    const edit = byId("edit");
    const box = byId("event");

    /* Parts of a newer page in place of the same parts of this one. */

    const PARTS = ["name", "list", "messages", "panel-context", "panel-payload", "panel-decision", "panel-limits", "warnings"];
    coming.disconnect();
    makeAlike(document);
    // As they came, with their dates.
    const came = new Map(PARTS.map((id) => [id, byId(id).innerHTML]));
    let version = root.dataset.version;
    let asked = 0;

    const isEdited = () => isServer && box.value !== box.defaultValue;

    async function refresh() {
      const mine = ++asked;
      const edited = isEdited();
      let answer;
      try {
        answer = edited
          ? await fetch(edit.action, { method: "POST", body: new URLSearchParams({ event: box.value }) })
          : await fetch(location.pathname + location.search);
      } catch {
        return; // The server has gone; the status says so.
      }
      const text = await answer.text();
      if (mine !== asked) return; // There is something newer.
      // Where a case is gone there is a page all the same.
      if (!answer.ok && answer.status !== 404) {
        say("off", `Not shown: ${answer.status} ${answer.statusText}`);
        return;
      }
      const page = new DOMParser().parseFromString(text, "text/html");
      version = page.documentElement.dataset.version;
      replace(page);
      const theirs = page.getElementById("event");
      if (!edited && theirs.defaultValue !== box.defaultValue) box.value = box.defaultValue = theirs.defaultValue;
      root.dataset.version = version;
      if (changes.readyState === EventSource.OPEN) say("on", "Live");
    }

    // Whatever the view is: showView() gives the links theirs.
    function makeAlike(page) {
      dates(page);
      for (const link of page.querySelectorAll("[data-carry]")) link.search = "";
    }

    function replace(page) {
      makeAlike(page);
      const focused = document.activeElement?.id;
      const open = new Map([...document.querySelectorAll(".kind")].map((group) => [group.dataset.kind, group.open]));
      for (const id of PARTS) {
        const next = page.getElementById(id);
        if (came.get(id) === next.innerHTML) continue;
        came.set(id, next.innerHTML);
        const part = byId(id);
        part.replaceChildren(...document.importNode(next, true).childNodes);
        if (id === "messages") {
          part.classList.remove("fresh");
          void part.offsetWidth; // So that it begins again.
          part.classList.add("fresh");
        }
      }
      showView();
      for (const group of document.querySelectorAll(".kind")) group.open = open.get(group.dataset.kind) ?? group.open;
      search();
      if (focused && document.activeElement?.id !== focused) byId(focused)?.focus();
    }

    /* Search. */

    const box_of_search = byId("search");
    const wasOpen = new Map(); // By kind, before the search.

    function search() {
      const words = box_of_search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let found = 0;
      for (const group of document.querySelectorAll(".kind")) {
        const { kind } = group.dataset;
        let inGroup = 0;
        for (const item of group.querySelectorAll("li")) {
          const text = `${kind} ${item.querySelector("a").title}`.toLowerCase();
          item.hidden = !words.every((word) => text.includes(word));
          if (!item.hidden) inGroup += 1;
        }
        group.hidden = inGroup === 0;
        if (words.length) {
          if (!wasOpen.has(kind)) wasOpen.set(kind, group.open);
          group.open = true;
        } else if (wasOpen.has(kind)) {
          group.open = wasOpen.get(kind);
          wasOpen.delete(kind);
        }
        found += inGroup;
      }
      byId("found").textContent = `${found} ${found === 1 ? "case" : "cases"}`;
    }
    box_of_search.addEventListener("input", () => { search(); keepView(); });
    box_of_search.form.addEventListener("submit", (event) => {
      event.preventDefault();
      document.querySelector("#list li:not([hidden]) a")?.click();
    });

    /* Choices, tabs, copying. */

    document.addEventListener("click", async (event) => {
      const link = event.target.closest("[data-view]");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        choose(link.dataset.view, link.dataset.word);
      }
      const copy = event.target.closest("[data-copy]");
      if (copy) {
        const text = byId(copy.dataset.copy);
        try {
          await navigator.clipboard.writeText(text.textContent);
          copy.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(text);
          copy.textContent = "Selected: copy it by hand";
        }
        setTimeout(() => { copy.textContent = "Copy"; }, 1500);
      }
    });
    byId("tab-event").parentElement.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return; // The browser's own.
      const tabs = [...event.currentTarget.children];
      const at = tabs.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (event.key === " ") document.activeElement.click();
      else if (to === undefined) return;
      event.preventDefault();
      if (to === undefined) return;
      const tab = tabs.at(to % tabs.length);
      choose("tab", tab.dataset.word);
      tab.focus();
    });
    window.addEventListener("popstate", () => { readView(); showView(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showView);

    box_of_search.value ||= new URLSearchParams(location.search).get("q") ?? ""; // Files.
    if (box_of_search.value) {
      for (const group of document.querySelectorAll(".kind")) {
        wasOpen.set(group.dataset.kind, group.querySelector("[aria-current]") !== null);
      }
      search();
    }
    showView();
    document.querySelector("#list [aria-current]")?.scrollIntoView({ block: "nearest" });
    if (!isServer) return;

    /* The text box, whose text is kept for as long as the tab is. */

    const key = new URL(edit.action).pathname;

    function keep() {
      try {
        if (isEdited()) sessionStorage.setItem(key, box.value);
        else sessionStorage.removeItem(key);
      } catch { /* There is no room for it. */ }
    }

    let pause;
    box.addEventListener("input", () => {
      keep();
      clearTimeout(pause);
      pause = setTimeout(refresh, 120);
    });
    edit.addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
    byId("reset").addEventListener("click", (event) => {
      event.preventDefault();
      box.value = box.defaultValue;
      keep();
      refresh();
    });
    box.value = sessionStorage.getItem(key) ?? box.value;
    if (isEdited()) refresh();

    /* Live. */

    function say(state, text) {
      const live = byId("live");
      live.dataset.state = state;
      if (live.textContent !== text) live.textContent = text;
    }
    const changes = new EventSource("/changes");
    changes.onopen = () => say("on", "Live");
    changes.onerror = () => say("off", "Not connected");
    changes.onmessage = (event) => { if (event.data !== version) refresh(); };
  });
})();
