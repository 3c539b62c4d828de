// The web chat's behaviour beside htmx: new messages, the dialog, command completion, unread marks, the two panes, light and dark.
// Everything it shows comes from the server as HTML that is safe already; this file makes no markup from text.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const body = document.body, user = body.dataset.user;

// ---- sending -------------------------------------------------------------------------------------------------------------------------------

document.addEventListener("htmx:config:request", event => {
  event.detail.ctx.request.headers["X-CSRF-Token"] = body.dataset.token;
});

// While a list is acted on, its form is not worked out besides: what would come back is as it was before.
document.addEventListener("htmx:config:request", event => {
  if (event.target.closest("[id^=recalculate-]") && $("[data-list].htmx-request", event.target.closest(".form"))) event.preventDefault();
});

// In the moments before htmx has read the page, a form would be sent by the browser itself, and what was typed would be gone.
document.addEventListener("submit", event => { if (event.target.matches("[hx-post]")) event.preventDefault(); });

document.addEventListener("htmx:error", () => toast($("#toast").dataset.offline, true));

// A refusal comes as one plain sentence. Nothing of it is put into the page as markup.
document.addEventListener("htmx:after:request", event => {
  const { response, text } = event.detail.ctx;
  if (response.status < 400) return;
  event.preventDefault();
  toast(response.headers.get("Content-Type")?.startsWith("text/plain") ? text : $("#toast").dataset.offline, true);
});

let toastTimer;
function toast(text, bad) {
  const box = $("#toast");
  if (text !== undefined) box.textContent = text;
  box.classList.toggle("bad", !!bad);
  // Shown anew each time, as the last in the top layer: a modal dialog would cover it.
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.hidePopover(), 5000);
}

function post(path, values, more) {
  return fetch(path, { method: "POST", body: new URLSearchParams(values), headers: { "X-CSRF-Token": body.dataset.token }, ...more });
}

// ---- what came back --------------------------------------------------------------------------------------------------------------------------

const remembered = "nod.form." + user; // the form that is open, so that a reload can open it again
let dialogBefore; // where the focus was

document.addEventListener("htmx:after:swap", event => {
  const path = event.detail.ctx.request?.action ?? "";
  if (path === "/clock") {
    all("details.menu[open]").forEach(menu => { menu.open = false; });
    toast();
  }
  const dialog = $("#dialog > dialog");
  if (dialog && !dialog.open) {
    if (!document.activeElement.closest("#dialog")) dialogBefore = document.activeElement;
    openDialog(dialog);
  }
  if (dialog && path.endsWith("/submit")) $("[aria-invalid], .faulty input", dialog)?.focus();
  const line = dialog && $("[data-caret]", dialog);
  if (line) {
    delete line.dataset.caret;
    $("input, select, textarea", line).focus();
    for (const seen of [$(".list-lines .open", dialog), line]) seen.scrollIntoView({ block: "nearest" });
  }
  if (!dialog && sessionStorage.getItem(remembered)) closed();
  if (path.endsWith("/command")) {
    const say = $("#say");
    say.value = "";
    unattach();
    if (!dialog && matchMedia("(pointer: fine)").matches) say.focus();
  }
  if ($("#feed")) {
    days();
    if (/(command|press|submit|drop|resume)$/.test(path)) toBottom(true);
  }
});

function openDialog(dialog) {
  sessionStorage.setItem(remembered, dialog.dataset.form);
  dialog.showModal();
  dialog.addEventListener("close", closed);
}

function closed() {
  sessionStorage.removeItem(remembered);
  const dialog = $("#dialog > dialog");
  if (dialog?.open) return;
  dialog?.remove();
  const back = dialogBefore?.isConnected ? dialogBefore : $("#say");
  dialogBefore = undefined;
  if (back && back !== body && matchMedia("(pointer: fine)").matches) back.focus();
}

document.addEventListener("click", event => {
  const hit = selector => event.target.closest(selector);
  const dialog = hit("dialog");
  if (hit("[data-close]") || event.target === dialog && outside(dialog, event)) dialog.close();
  if (hit("[data-drop]")) {
    $(".drop", dialog).requestSubmit();
  }
  if (hit("[data-over]")) $(".over", dialog)?.requestSubmit();
  if (hit("[data-dismiss]")) {
    const item = hit(".post");
    if (item.previousElementSibling?.matches(".own")) item.previousElementSibling.remove();
    item.remove();
    $("#say").focus();
  }
  if (hit("[data-theme-switch]")) switchTheme();
  all("details.menu[open]").forEach(menu => { if (!menu.contains(event.target)) menu.open = false; });
});

// What was typed in the last moment before a reload is kept too.
let unsaved = false;
document.addEventListener("input", event => { if (event.target.closest(".form")) unsaved = true; });
document.addEventListener("htmx:config:request", event => { if (event.detail.ctx.request.action.endsWith("/recalculate")) unsaved = false; });
addEventListener("pagehide", () => {
  const form = $("dialog[open] .form");
  if (!unsaved || !form) return;
  const values = new FormData(form);
  values.set("nod.live", "");
  post(`/chat/${encodeURIComponent(user)}/recalculate`, values, { keepalive: true }).catch(() => {});
});

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

document.addEventListener("keydown", event => {
  if (event.key === "Escape") all("details.menu[open]").forEach(menu => { menu.open = false; $("summary", menu).focus(); });
  // Enter in a single line would send a form that is half filled; Ctrl+Enter sends from anywhere in it.
  const form = event.target.closest?.(".form");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  else if (form && event.key === "Enter" && event.target.matches("input")) event.preventDefault();
});

// ---- light and dark --------------------------------------------------------------------------------------------------------------------------

function switchTheme() {
  const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = dark ? "light" : "dark";
  document.cookie = `nod_theme=${theme}; path=/; max-age=31536000; samesite=strict`;
  document.documentElement.dataset.theme = theme;
  all("iframe").forEach(frame => { frame.contentDocument.documentElement.dataset.theme = theme; });
}

// ---- messages --------------------------------------------------------------------------------------------------------------------------------

const feed = $("#feed"), scroll = $(".scroll");
let since = Number(body.dataset.since), read = 0, unseen = 0;
const title = document.title;

const nearBottom = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;

function toBottom(smooth) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scroll.scrollTo({ top: scroll.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
}

// days puts a line between days, and one above the first message that is new.
function days() {
  all(".divider", feed).forEach(line => line.remove());
  let day, fresh = false;
  for (const item of all(":scope > .post", feed)) {
    if (item.dataset.day !== day) {
      day = item.dataset.day;
      item.before(divider("day", item.dataset.dayName));
    }
    if (!fresh && item.classList.contains("new")) {
      fresh = true;
      item.before(divider("fresh", feed.dataset.new));
    }
  }
}

function divider(kind, text) {
  const line = document.createElement("li");
  line.className = "divider " + kind;
  const word = document.createElement("span");
  word.textContent = text;
  line.append(word);
  return line;
}

function arrived({ id, change, edited, html }) {
  since = Math.max(since, change);
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const item = holder.content.firstElementChild;
  const old = document.getElementById(item.id);
  const follow = nearBottom();
  if (old) {
    const focused = old.contains(document.activeElement) && document.activeElement.dataset.action;
    if (!old.classList.contains("new") && looking()) item.classList.remove("new");
    item.classList.add("changed");
    old.replaceWith(item);
    htmx.process(item);
    // The button that was pressed may be gone; the card it stood on is not.
    if (focused !== false) ($(`[data-action="${CSS.escape(focused ?? "")}"]`, item) ?? $(".card", item))?.focus({ preventScroll: true });
    setTimeout(() => item.classList.remove("changed"), 2500);
  } else {
    const first = $(".post[data-id]:not([data-id='0'])", feed);
    if (edited && first && id < Number(first.dataset.id)) return; // from before this page's history
    if (looking() && follow) item.classList.remove("new");
    item.classList.add("arriving");
    feed.append(item);
    htmx.process(item);
    if (!looking()) unseen++;
  }
  days();
  if (window.parent !== window) window.parent.postMessage({ posted: true }, location.origin);
  if (follow) toBottom(!old);
  else if (!old) $(".to-newest").hidden = false;
  marks();
}

const looking = () => document.visibilityState === "visible" && innerHeight > 0; // on a phone one of two panes has no height

// marks shows what is unread and tells the server what is read.
function marks() {
  if (looking() && nearBottom()) {
    unseen = 0;
    $(".to-newest").hidden = true;
    if (since > read) {
      read = since;
      post(`/chat/${encodeURIComponent(user)}/read`, { change: read }).catch(() => { read = 0; });
    }
  }
  document.title = (unseen ? `(${unseen}) ` : "") + title;
  if (window.parent !== window) window.parent.postMessage({ unseen }, location.origin);
}

// listen keeps a stream open while the page is looked at. In the background it only asks now and then: a browser allows six connections to a host,
// and seven pages would block each other.
let source;
function listen() {
  source?.close();
  const brief = document.visibilityState === "visible" ? "" : "&brief=1";
  source = new EventSource(`/live/${encodeURIComponent(user)}?since=${since}${brief}`);
  source.addEventListener("post", event => arrived(JSON.parse(event.data)));
  source.addEventListener("clock", event => {
    const now = JSON.parse(event.data);
    all("[data-clock]").forEach(clock => { clock.textContent = now; });
    if (window.parent !== window) window.parent.postMessage({ clock: now }, location.origin);
  });
  // A server that answers with an error ends the stream for good; it may have been restarted.
  source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000); });
}

if (feed) {
  days();
  toBottom();
  listen();
  marks();
  scroll.addEventListener("scroll", marks, { passive: true });
  $(".to-newest").addEventListener("click", () => toBottom(true));
  let opened = innerHeight > 0; // a pane behind a tab has had no bottom yet
  addEventListener("resize", () => {
    if (!opened && innerHeight > 0) {
      opened = true;
      toBottom();
    }
    marks();
  });
  document.addEventListener("visibilitychange", () => { listen(); marks(); });
  new ResizeObserver(() => { if (document.activeElement === $("#say")) toBottom(); }).observe(scroll);
  addEventListener("load", () => {
    const form = sessionStorage.getItem(remembered);
    if (form) htmx.ajax("POST", `/chat/${encodeURIComponent(user)}/resume`, { values: { "nod.form": form }, target: body, swap: "none" });
  });
}

// ---- commands --------------------------------------------------------------------------------------------------------------------------------

const say = $("#say"), list = $("#completion"), attached = $("#attached");

// unattach leaves out the files that were to go with the next line, or have gone with the last.
function unattach() {
  attached.value = "";
  $("#chosen").hidden = true;
}

if (say) {
  const options = all(".option", list);
  const offered = () => options.filter(option => !option.hidden);
  const chosen = () => $(".option[aria-selected=true]", list);

  const choose = option => {
    options.forEach(o => o.setAttribute("aria-selected", String(o === option)));
    if (option) {
      say.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      say.removeAttribute("aria-activedescendant");
    }
  };
  const show = open => {
    list.hidden = !open;
    say.setAttribute("aria-expanded", String(open));
    if (!open) choose();
  };
  const complete = () => {
    const typed = say.value.replace(/^／/, "/");
    if (!/^\/\S*$/.test(typed)) return show(false);
    const word = typed.slice(1).toLowerCase();
    options.forEach(option => { option.hidden = !option.dataset.name.startsWith(word) && !(word && option.textContent.toLowerCase().includes(word)); });
    show(offered().length > 0);
    choose(offered().find(option => option.dataset.name.startsWith(word)) ?? offered()[0]);
  };
  const take = (option, send) => {
    say.value = "/" + option.dataset.name + (send ? "" : " ");
    show(false);
    say.focus();
    if (send) say.form.requestSubmit();
  };

  say.addEventListener("input", complete);
  say.addEventListener("blur", () => show(false));
  say.addEventListener("keydown", event => {
    if (list.hidden || event.isComposing) return; // Enter may be choosing a Chinese word
    const seen = offered(), at = seen.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(seen[(at + (event.key === "ArrowDown" ? 1 : -1) + seen.length) % seen.length]);
    } else if (event.key === "Tab" && chosen()) {
      take(chosen(), false);
    } else if (event.key === "Enter" && chosen()) {
      take(chosen(), true);
    } else if (event.key === "Escape") {
      show(false);
    } else {
      return;
    }
    event.preventDefault();
  });
  list.addEventListener("pointerdown", event => event.preventDefault()); // or the box would lose the focus first
  list.addEventListener("click", event => { const option = event.target.closest(".option"); if (option) take(option, true); });
  $("[data-slash]").addEventListener("click", () => {
    if (!list.hidden) return show(false);
    say.focus();
    if (!say.value) say.value = "/";
    complete();
  });
  $("[data-attach]").addEventListener("click", () => attached.click());
  attached.addEventListener("change", () => {
    const files = [...attached.files];
    if (files.length > Number(attached.dataset.most)) {
      unattach();
      return toast(attached.dataset.many, true);
    }
    $("#chosen > span").textContent = files.map(file => file.name).join(", ");
    $("#chosen").hidden = !files.length;
    say.focus();
  });
  $("[data-unchoose]").addEventListener("click", () => { unattach(); say.focus(); });
  all("[data-run]").forEach(button => button.addEventListener("click", () => {
    say.value = button.dataset.run;
    say.form.requestSubmit();
  }));
}

// ---- two side by side ------------------------------------------------------------------------------------------------------------------------

const panes = $(".panes");
if (panes) {
  const dot = pane => $(`[data-tab="${pane}"] .dot`);
  all("[data-tab]").forEach(tab => tab.addEventListener("click", () => {
    panes.dataset.show = tab.dataset.tab;
    dot(tab.dataset.tab).hidden = true;
    all("[data-tab]").forEach(t => t.setAttribute("aria-pressed", String(t === tab)));
  }));
  // On a narrow screen the tabs say who it is.
  const narrow = matchMedia("(max-width: 760px)");
  const bare = () => all("iframe").forEach(frame => frame.contentDocument?.body?.classList.toggle("bare", narrow.matches));
  narrow.addEventListener("change", bare);
  all("iframe").forEach(frame => frame.addEventListener("load", bare));
  bare();
  const waiting = {};
  addEventListener("message", event => {
    if (event.origin !== location.origin) return;
    const frame = all("iframe").find(f => f.contentWindow === event.source);
    if (!frame) return;
    if (event.data.clock && frame.dataset.pane === "a") all("[data-clock]").forEach(clock => { clock.textContent = event.data.clock; });
    if (event.data.unseen !== undefined) {
      waiting[frame.dataset.pane] = event.data.unseen;
      const sum = Object.values(waiting).reduce((a, b) => a + b, 0);
      document.title = (sum ? `(${sum}) ` : "") + title;
    }
    if (event.data.posted && panes.dataset.show !== frame.dataset.pane) dot(frame.dataset.pane).hidden = false;
  });
}

// ---- choosing two ----------------------------------------------------------------------------------------------------------------------------

const pick = $("[data-pick]");
if (pick) {
  const order = [];
  const redraw = () => {
    pick.classList.toggle("picking", order.length > 0);
    const label = $("[data-picked]");
    label.textContent = order.length > 1 ? label.dataset.two : label.dataset.one;
  };
  pick.addEventListener("change", event => {
    if (event.target.checked) order.push(event.target);
    else order.splice(order.indexOf(event.target), 1);
    if (order.length > 2) order.shift().checked = false; // the third takes the first one's place
    redraw();
  });
  pick.addEventListener("submit", event => { // in the order in which they were picked
    event.preventDefault();
    location.assign("/open?" + new URLSearchParams(order.map(box => ["p", box.value])));
  });
  order.push(...all(":checked", pick)); // a browser that comes back has kept them
  redraw();
}
