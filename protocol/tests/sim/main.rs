//! Pages and a server on a simulated network and a fake clock.
//!
//! Each file tells the stories of one behaviour. The [`world`] runs `Client`s and a `Registry` as their shells do; a
//! minute of it takes milliseconds, and one seed always goes the same way.

mod a_lost_answer_leaves_no_session_behind;
mod a_publisher_that_vanishes_ends_its_stream_after_five_seconds;
mod a_sleeping_laptop_is_back_when_it_wakes;
mod an_ice_restart_keeps_the_session;
mod another_key_is_refused_while_live;
mod any_input_in_any_order;
mod any_order_at_the_registry;
mod gives_up_with_a_reason;
mod many_nodes_under_loss;
mod reconnects_after_an_outage;
mod the_same_key_replaces_its_session_at_once;
mod viewers_wait_for_a_stream_and_begin_when_it_does;
mod world;
