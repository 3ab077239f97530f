// Light or dark: what the system asks for, unless the visitor chose. Loaded before the first paint, so that a choice does not flash.
const root = document.documentElement;
const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) root.dataset.theme = chosen;
} catch {
  // Without storage a choice lasts as long as the page.
}
document.addEventListener("click", ({ target }) => {
  if (!target.closest?.("[data-theme-button]")) return;
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // As above.
  }
  // Charts are painted, and have to be painted again.
  dispatchEvent(new Event("themechange"));
});
