//! The system call filter (seccomp), made of the lists in `syscalls`.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::{Layer, Profile, syscalls};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Installs the filter on every thread of the process, those to come included.
pub(super) fn install(profile: Profile) -> Layer {
    // Where several answer, the kernel takes the strictest. The list of what stays comes last, because installing another
    // filter is not on it.
    let filters = [
        (fatal(profile), SeccompAction::Allow, SeccompAction::KillProcess),
        (
            clone3(),
            SeccompAction::Allow,
            SeccompAction::Errno(libc::ENOSYS.cast_unsigned()),
        ),
        (
            kept(profile),
            SeccompAction::Errno(libc::EPERM.cast_unsigned()),
            SeccompAction::Allow,
        ),
    ];
    let compiled: Result<Vec<BpfProgram>, _> = filters
        .into_iter()
        .map(|(rules, otherwise, matching)| compile(rules?, otherwise, matching))
        .collect();
    let installed = compiled.map_err(|error| error.to_string()).and_then(|programs| {
        programs.iter().try_for_each(|program| {
            seccompiler::apply_filter_all_threads(program).map_err(|error| error.to_string())
        })
    });
    Layer::of(installed)
}

fn compile(
    rules: Rules,
    otherwise: SeccompAction,
    matching: SeccompAction,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let architecture = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, otherwise, matching, architecture)?.try_into()
}

fn kept(profile: Profile) -> Result<Rules, seccompiler::BackendError> {
    let unconditional = syscalls::kept(profile).flat_map(|group| group.calls);
    let mut rules: Rules = unconditional.map(|call| (*call, Vec::new())).collect();
    let mut only = |call, conditions: Vec<SeccompCondition>| {
        let rule = if conditions.is_empty() {
            Vec::new()
        } else {
            vec![SeccompRule::new(conditions)?]
        };
        // A call that is kept already is kept whatever its arguments.
        rules.entry(call).or_insert(rule);
        Ok::<_, seccompiler::BackendError>(())
    };
    // Left to its own filter, whose error number this one's would hide.
    only(libc::SYS_clone3, Vec::new())?;
    // Threads, not processes.
    let thread = libc::CLONE_THREAD as u64;
    only(libc::SYS_clone, vec![masked(0, thread, thread)?])?;
    // Memory that can be written stays data.
    let executable = libc::PROT_EXEC as u64;
    only(libc::SYS_mmap, vec![masked(2, executable, 0)?])?;
    only(libc::SYS_mprotect, vec![masked(2, executable, 0)?])?;
    // A thread's name.
    only(libc::SYS_prctl, vec![equal(0, libc::PR_SET_NAME as u64)?])?;
    // What abort() ends the process with; the number is this process's own.
    only(libc::SYS_tgkill, vec![equal(0, u64::from(std::process::id()))?])?;
    Ok(rules)
}

fn fatal(profile: Profile) -> Result<Rules, seccompiler::BackendError> {
    let calls = syscalls::fatal(profile).flat_map(|group| group.calls);
    Ok(calls.map(|call| (*call, Vec::new())).collect())
}

/// Its flags lie in memory where no filter sees them; C libraries then use `clone`, whose flags it does see.
fn clone3() -> Result<Rules, seccompiler::BackendError> {
    Ok(Rules::from([(libc::SYS_clone3, Vec::new())]))
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(mask),
        value,
    )
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}
