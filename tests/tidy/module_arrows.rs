//! Inside a crate, too, modules use one another in one direction.

use crate::source_modules::{SourceModules, cycles, shown};

/// The rooms of `orchestrator`, outer ones first: each may use itself and those after it.
const LAYERS: [&str; 5] = ["api", "messages", "integrations", "executions", "frames"];

/// What every room may use, and what uses no room.
const FOUNDATION: [&str; 7] =
    ["ports", "roles", "context", "definition_cache", "history_order", "fault", "rejection"];

fn rank_of(room: &str) -> usize {
    let rooms = LAYERS.iter().position(|known| *known == room);
    let is_foundation = FOUNDATION.contains(&room);
    rooms.unwrap_or_else(|| {
        assert!(is_foundation, "{room} is neither a room nor a foundation of orchestrator");
        LAYERS.len()
    })
}

#[test]
fn the_rooms_of_the_orchestrator_use_one_another_in_one_direction() {
    for (module, uses) in SourceModules::of_crate("orchestrator").uses() {
        let Some(room) = module.first() else { continue };
        for used in uses {
            let target = used.first().unwrap_or_else(|| panic!("{} uses lib", shown(&module)));
            assert!(
                room == target || rank_of(room) < rank_of(target) || {
                    let foundation = LAYERS.len();
                    rank_of(room) == foundation && rank_of(target) == foundation
                },
                "{} must not use {}",
                shown(&module),
                shown(&used)
            );
        }
    }
}

#[test]
fn no_more_than_two_modules_use_one_another_in_a_circle() {
    for package in ["orchestrator", "engine"] {
        for circle in cycles(&SourceModules::of_crate(package).uses()) {
            let names: Vec<String> = circle.iter().map(|module| shown(module)).collect();
            assert!(circle.len() <= 2, "{package}: {}", names.join(", "));
        }
    }
}

#[test]
fn a_circle_and_a_use_through_a_re_export_are_seen() {
    let uses = SourceModules::of_crate("orchestrator").uses();
    let module = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    assert!(uses[&module("api/stop_execution")].contains(&module("messages/handle_message")));
    let mut circular = uses;
    circular.entry(module("frames/append")).or_default().insert(module("messages/handle_message"));
    assert!(cycles(&circular).iter().any(|circle| circle.len() > 2));
}
