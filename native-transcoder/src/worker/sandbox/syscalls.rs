//! Which system calls a worker keeps, and why. Whatever is not listed fails with EPERM, which libraries take for a feature
//! that is not there; what no library ever tries by itself ends the process.

use nix::libc;

use super::Profile;

/// Calls that belong together.
#[derive(Debug)]
pub(super) struct Group {
    /// Why they stay, or go.
    #[expect(dead_code, reason = "for whoever reads the list")]
    pub(super) why: &'static str,
    pub(super) calls: &'static [libc::c_long],
}

/// What stays, whatever the arguments.
pub(super) fn kept(profile: Profile) -> impl Iterator<Item = &'static Group> {
    let more = match profile {
        Profile::Software => &[][..],
        Profile::Gpu => GPU,
    };
    SOFTWARE.iter().chain(more)
}

/// What ends the process.
pub(super) fn fatal(profile: Profile) -> impl Iterator<Item = &'static Group> {
    let more = match profile {
        Profile::Software => NETWORK,
        // The driver asks for its daemon's socket and lives without it.
        Profile::Gpu => &[][..],
    };
    FATAL.iter().chain(more)
}

const SOFTWARE: &[Group] = &[
    Group {
        why: "the socket to the node, and standard error, both open already",
        calls: &[
            libc::SYS_read,
            libc::SYS_readv,
            libc::SYS_write,
            libc::SYS_writev,
            libc::SYS_recvfrom,
            libc::SYS_sendto,
            libc::SYS_ppoll,
            libc::SYS_fstat,
            libc::SYS_close,
        ],
    },
    Group {
        why: "memory; mappings that are not executable stand in `filter`",
        calls: &[
            libc::SYS_brk,
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_madvise,
        ],
    },
    Group {
        why: "threads: locks, names of the thread itself, its end",
        calls: &[
            libc::SYS_futex,
            libc::SYS_set_robust_list,
            libc::SYS_get_robust_list,
            libc::SYS_rseq,
            libc::SYS_set_tid_address,
            libc::SYS_sched_yield,
            libc::SYS_gettid,
            libc::SYS_getpid,
            libc::SYS_exit,
            libc::SYS_exit_group,
            libc::SYS_restart_syscall,
        ],
    },
    Group {
        why: "how many cores there are: encoders ask when they open",
        calls: &[
            libc::SYS_sched_getaffinity,
            libc::SYS_getcpu,
            libc::SYS_sysinfo,
            libc::SYS_uname,
        ],
    },
    Group {
        why: "time, where the kernel has no vDSO",
        calls: &[
            libc::SYS_clock_gettime,
            libc::SYS_clock_getres,
            libc::SYS_clock_nanosleep,
            libc::SYS_nanosleep,
            libc::SYS_gettimeofday,
        ],
    },
    Group {
        why: "signals of the process itself: a panic, an abort, a stack's guard page",
        calls: &[
            libc::SYS_rt_sigaction,
            libc::SYS_rt_sigprocmask,
            libc::SYS_rt_sigreturn,
            libc::SYS_sigaltstack,
        ],
    },
    Group {
        why: "hash maps' keys",
        calls: &[libc::SYS_getrandom],
    },
    #[cfg(target_arch = "x86_64")]
    Group {
        why: "what C libraries call by an older name",
        calls: &[libc::SYS_poll, libc::SYS_time],
    },
];

const GPU: &[Group] = &[
    Group {
        why: "devices and driver libraries; which ones is landlock's to say",
        calls: &[
            libc::SYS_openat,
            libc::SYS_newfstatat,
            libc::SYS_statx,
            libc::SYS_readlinkat,
            libc::SYS_faccessat,
            libc::SYS_faccessat2,
            libc::SYS_getdents64,
            libc::SYS_lseek,
            libc::SYS_pread64,
            libc::SYS_statfs,
            libc::SYS_fstatfs,
        ],
    },
    Group {
        why: "speaking to the device and waiting for it",
        calls: &[
            libc::SYS_ioctl,
            libc::SYS_fcntl,
            libc::SYS_dup,
            libc::SYS_dup3,
            libc::SYS_eventfd2,
            libc::SYS_pipe2,
            libc::SYS_epoll_create1,
            libc::SYS_epoll_ctl,
            libc::SYS_epoll_pwait,
        ],
    },
    Group {
        why: "memory that the device shares, and the driver's compiled kernels",
        calls: &[
            libc::SYS_mmap,
            libc::SYS_mprotect,
            libc::SYS_mlock,
            libc::SYS_munlock,
            libc::SYS_memfd_create,
            libc::SYS_ftruncate,
            libc::SYS_get_mempolicy,
            libc::SYS_mbind,
            libc::SYS_set_mempolicy,
        ],
    },
    Group {
        why: "who it is and how it is scheduled",
        calls: &[
            libc::SYS_getuid,
            libc::SYS_geteuid,
            libc::SYS_getgid,
            libc::SYS_getegid,
            libc::SYS_getppid,
            libc::SYS_prlimit64,
            libc::SYS_sched_getparam,
            libc::SYS_sched_getscheduler,
            libc::SYS_sched_get_priority_max,
            libc::SYS_sched_get_priority_min,
            libc::SYS_sched_setaffinity,
        ],
    },
    #[cfg(target_arch = "x86_64")]
    Group {
        why: "what C libraries call by an older name",
        calls: &[
            libc::SYS_open,
            libc::SYS_stat,
            libc::SYS_lstat,
            libc::SYS_access,
            libc::SYS_readlink,
            libc::SYS_epoll_wait,
        ],
    },
];

const FATAL: &[Group] = &[
    Group {
        why: "another program",
        calls: &[libc::SYS_execve, libc::SYS_execveat],
    },
    Group {
        why: "other processes' memory and descriptors",
        calls: &[
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_open,
            libc::SYS_pidfd_getfd,
        ],
    },
    Group {
        why: "doors into the kernel that need no codec",
        calls: &[
            libc::SYS_bpf,
            libc::SYS_io_uring_setup,
            libc::SYS_userfaultfd,
            libc::SYS_perf_event_open,
            libc::SYS_keyctl,
            libc::SYS_add_key,
            libc::SYS_request_key,
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_pivot_root,
            libc::SYS_chroot,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_init_module,
            libc::SYS_finit_module,
            libc::SYS_delete_module,
            libc::SYS_kexec_load,
            libc::SYS_open_by_handle_at,
        ],
    },
    #[cfg(target_arch = "x86_64")]
    Group {
        why: "another process, by an older name",
        calls: &[libc::SYS_fork, libc::SYS_vfork],
    },
];

const NETWORK: &[Group] = &[Group {
    why: "the network, and every other socket",
    calls: &[
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
    ],
}];
