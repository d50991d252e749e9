/** Second visit: a service worker keeps all files of the page. */

/** Return a promise that is kept once the page works without a network, if it can. */
export async function keepForOffline() {
  if (!navigator.serviceWorker || !location.protocol.startsWith("http")) return false;
  await navigator.serviceWorker.register("offline.js");
  const { active } = await navigator.serviceWorker.ready;
  return active !== null;
}
