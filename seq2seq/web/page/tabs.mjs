/** Tabs, as the keyboard and a screen reader expect them. */

/**
 * Make a list of tabs work.
 *
 * @param {HTMLElement} list Element with the role "tablist"; each tab names its panel.
 * @param {(id: string) => void} onShow Takes the id of the panel that is shown.
 */
export function makeTabs(list, onShow) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const show = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      panelOf(tab).hidden = !isChosen;
    }
    onShow(chosen.getAttribute("aria-controls"));
  };
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step) return;
    const place = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
    tabs[place].focus();
    show(tabs[place]);
  });
}

const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
