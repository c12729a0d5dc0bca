//! In a process of its own, so that nothing else is in its memory.

use bench_tickets::crowd::{BOUND, gather};
use headwater_protocol::key::Signature;

#[test]
fn ten_thousand_payers_take_no_more_memory_than_is_said() {
    let crowd = gather(Signature::recover).expect("they pay");
    println!("payer_bytes {}, payers_rss {}", crowd.each, crowd.resident);
    assert!(crowd.each <= BOUND, "{} bytes a payer", crowd.each);
}
