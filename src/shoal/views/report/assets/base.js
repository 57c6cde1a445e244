// Small things all parts use: the theme, reading packed data, and making elements.
// Texts of the data only ever go through textContent.

const root = document.documentElement;
root.classList.add("js");

const byId = (id) => document.getElementById(id);

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function parse(id) {
  return JSON.parse(byId(id).textContent);
}

function unpack(packed, bytes) {
  const raw = atob(packed);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  if (bytes === 1) return out;
  // Written little-endian; read so on every machine.
  const view = new DataView(out.buffer);
  const wide = new Uint16Array(out.length / 2);
  for (let i = 0; i < wide.length; i++) wide[i] = view.getUint16(2 * i, true);
  return wide;
}

const grouped = (n) => n.toLocaleString("en-US");

// Theme: the system's, unless the toggle or #theme=dark says otherwise.
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
const themeListeners = [];
let printing = false;

function isDark() {
  if (printing) return false;
  const set = root.dataset.theme;
  return set ? set === "dark" : systemDark.matches;
}

function themeChanged() {
  for (const listener of themeListeners) listener();
}

function remembered() {
  // A page opened from a file may be denied storage.
  try {
    return window.localStorage.getItem("shoal-theme");
  } catch {
    return null;
  }
}

function startTheme() {
  const asked = /(?:^#|&)theme=(light|dark)\b/.exec(window.location.hash);
  const theme = asked ? asked[1] : remembered();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      window.localStorage.setItem("shoal-theme", root.dataset.theme);
    } catch {
      // Not remembered, then.
    }
    themeChanged();
  });
  systemDark.addEventListener("change", themeChanged);
  // Paper is white: print in the light theme and turn back after.
  let before;
  window.addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    printing = true;
    themeChanged();
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    themeChanged();
  });
}

startTheme();
