// The menus of cameras and microphones.

import { devices } from "@headwater/light-node";

/** Fills both menus and keeps their choices. Devices have no names, and are left out, before permission. */
export async function listDevices(camera: HTMLSelectElement, voice: HTMLSelectElement): Promise<void> {
  // A page without device access still shares files; asking for a camera then says what is wrong.
  const { cameras, microphones } = await devices().catch(() => ({ cameras: [], microphones: [] }));
  fill(camera, cameras, []);
  fill(voice, microphones, [new Option("None", NO_DEVICE)]);
}

function fill(
  menu: HTMLSelectElement,
  found: readonly MediaDeviceInfo[],
  more: readonly HTMLOptionElement[],
): void {
  const chosen = menu.value;
  const options = found.filter(isNamed).map((device) => new Option(device.label, device.deviceId));
  menu.replaceChildren(new Option("Default", ""), ...options, ...more);
  menu.value = chosen;
  if (menu.selectedIndex < 0) menu.value = "";
}

/** The menu entry for going without. */
export const NO_DEVICE = "none";

/** Chromium lists its default device a second time under names of their own. */
function isNamed({ deviceId, label }: MediaDeviceInfo): boolean {
  return label !== "" && !["", "default", "communications"].includes(deviceId);
}

/** Whether the camera was allowed before, so that the preview can start without a prompt. */
export async function cameraAllowed(): Promise<boolean> {
  try {
    const status = await navigator.permissions.query({ name: "camera" as PermissionName });
    return status.state === "granted";
  } catch {
    return false;
  }
}
