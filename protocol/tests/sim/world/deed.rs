//! What people and networks do to pages.

use std::time::Duration;

use headwater_protocol::session::client::Input;

use super::network::{Leg, Outage};
use super::{Happening, PageId, World};

/// Something done to a page.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Its user opens it and presses the button; on a page that is open, a reload.
    Open,
    /// Its user stops it in order.
    Stop,
    /// The tab is closed: DTLS says goodbye, but nobody sends a DELETE.
    Quit,
    /// The machine dies without a word.
    Crash,
    /// An outage begins.
    Cut(Outage),
    /// All outages are over.
    Mend,
    /// The platform says that the network changed.
    NetworkChanged,
    /// Its computer sleeps for so long: no network, no timers.
    Sleep(Duration),
    /// It is awake, and so is its network.
    Wake,
    /// The next leg of this kind will be lost.
    Doom(Leg),
}

impl World {
    /// Does `deed` now.
    pub(crate) fn act(&mut self, page: PageId, deed: Deed) {
        self.trace.note(self.now, page as u64, &deed);
        match deed {
            Deed::Open => {
                self.vanish(page);
                let seed = self.dice.u64(..);
                self.pages[page].renew(seed);
                self.input(page, Input::Start);
            }
            Deed::Stop => self.input(page, Input::Stop),
            Deed::Quit => {
                self.close_peer(page);
                self.vanish(page);
            }
            Deed::Crash => self.vanish(page),
            Deed::Cut(outage) => self.cut(page, outage),
            Deed::Mend => {
                let path = &mut self.pages[page].path;
                (path.media, path.http) = (true, true);
                self.path_changed(page);
            }
            Deed::NetworkChanged => self.input(page, Input::NetworkChanged),
            Deed::Sleep(length) => {
                self.pages[page].asleep = Some(self.now + length);
                self.cut(page, Outage::Everything);
                self.plan(length, page, Deed::Wake);
            }
            Deed::Wake => self.wake_page(page),
            Deed::Doom(leg) => self.pages[page].path.doom(leg),
        }
    }

    /// Does `deed` after `delay`.
    pub(crate) fn plan(&mut self, delay: Duration, page: PageId, deed: Deed) {
        self.after(delay, Happening::Deed(page, deed));
    }

    /// The server dies now and comes back, knowing nothing, after `pause`.
    pub(crate) fn restart_server(&mut self, delay: Duration, pause: Duration) {
        self.after(delay, Happening::ServerGoes);
        self.after(delay + pause, Happening::ServerComes);
    }

    /// The server dies for good.
    pub(crate) fn stop_server(&mut self) {
        self.server_goes();
    }

    fn cut(&mut self, page: PageId, outage: Outage) {
        let path = &mut self.pages[page].path;
        match outage {
            Outage::Media => path.media = false,
            Outage::Everything => (path.media, path.http) = (false, false),
            Outage::Flow => {
                if let Some(peer) = &mut self.pages[page].peer {
                    peer.severed = true;
                }
            }
        }
        self.path_changed(page);
    }
}
