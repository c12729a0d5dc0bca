//! Limits that the kernel keeps (setrlimit).

use nix::errno::Errno;
use nix::sys::resource::{Resource, setrlimit};

use super::{Layer, Profile};

/// Private memory that a software worker may have. Sixteen reference pictures of 4096 × 2304 in ten bits 4:4:4 take
/// 0.9 GiB, and eight rungs' encoders with their queues less than that again.
const MEMORY: u64 = 2 << 30;

/// Descriptors of a software worker: it has five and opens none.
const DESCRIPTORS: u64 = 16;

/// Descriptors of a GPU worker: a driver holds several for each context and stream.
const GPU_DESCRIPTORS: u64 = 512;

pub(super) fn set(profile: Profile) -> Layer {
    let both = |resource, limit| setrlimit(resource, limit, limit);
    let result: Result<(), Errno> = (|| {
        // A dump of this process would hold a stranger's pictures, and a crash loop would fill the disk.
        both(Resource::RLIMIT_CORE, 0)?;
        match profile {
            Profile::Software => {
                both(Resource::RLIMIT_NOFILE, DESCRIPTORS)?;
                both(Resource::RLIMIT_FSIZE, 0)?;
                // RLIMIT_AS would count what allocators reserve for each thread and never touch.
                both(Resource::RLIMIT_DATA, MEMORY)
            }
            // Drivers map the whole device's memory, and grow shared memory as files.
            Profile::Gpu => both(Resource::RLIMIT_NOFILE, GPU_DESCRIPTORS),
        }
    })();
    Layer::of(result)
}
