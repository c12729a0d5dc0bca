//! Which GPU a session runs on.

use std::sync::{Arc, Mutex, PoisonError};

/// A node's GPUs and how many sessions each has. Copies share the counts.
#[derive(Clone, Debug, Default)]
pub struct Devices(Arc<Mutex<Vec<Device>>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Device {
    name: String,
    sessions: usize,
}

/// One session's claim to a device; dropping it gives the device back.
#[derive(Debug)]
pub(super) struct Lease {
    devices: Devices,
    index: usize,
}

impl Devices {
    /// The devices of these names.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let device = |name| Device { name, sessions: 0 };
        Self(Arc::new(Mutex::new(names.into_iter().map(device).collect())))
    }

    /// Claims the device that has the fewest sessions; `None` without devices.
    pub(super) fn lease(&self) -> Option<Lease> {
        let mut devices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = least_loaded(devices.iter().map(|device| device.sessions))?;
        devices[index].sessions += 1;
        drop(devices);
        Some(Lease {
            devices: self.clone(),
            index,
        })
    }
}

impl Lease {
    pub(super) fn name(&self) -> String {
        let devices = self.devices.0.lock().unwrap_or_else(PoisonError::into_inner);
        devices[self.index].name.clone()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut devices = self.devices.0.lock().unwrap_or_else(PoisonError::into_inner);
        devices[self.index].sessions -= 1;
    }
}

/// The place of the smallest load; the first of several, so that a lone session always finds the same warm card.
fn least_loaded(loads: impl Iterator<Item = usize>) -> Option<usize> {
    let loads = loads.enumerate();
    loads.min_by_key(|&(_, load)| load).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_loaded_device_is_taken_and_the_first_of_equals() {
        assert_eq!(least_loaded([].into_iter()), None);
        assert_eq!(least_loaded([2, 1, 1].into_iter()), Some(1));
        assert_eq!(least_loaded([0, 0].into_iter()), Some(0));
    }

    #[test]
    fn sessions_spread_over_the_devices_and_give_them_back() {
        let devices = Devices::new(["0", "1"].map(str::to_owned));
        let first = devices.lease().unwrap();
        let second = devices.lease().unwrap();
        assert_eq!([first.name(), second.name()], ["0", "1"]);
        drop(second);
        assert_eq!(devices.clone().lease().unwrap().name(), "1");
        assert!(Devices::default().lease().is_none());
    }
}
