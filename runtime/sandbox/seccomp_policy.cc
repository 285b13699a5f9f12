#include "runtime/sandbox/seccomp_policy.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {
namespace {

// Allowed whatever the arguments and capabilities.
constexpr char kAlways[] =
    "accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown chown32 "
    "clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
    "clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range creat dup "
    "dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 "
    "epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat "
    "faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 "
    "fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr "
    "fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex "
    "futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat getcpu getcwd getdents "
    "getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 "
    "getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid "
    "getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname "
    "getsockopt get_thread_area gettid gettimeofday getuid getuid32 getxattr inotify_add_watch "
    "inotify_init inotify_init1 inotify_rm_watch io_cancel ioctl io_destroy io_getevents "
    "io_pgetevents io_pgetevents_time64 ioprio_get ioprio_set io_setup io_submit ipc kill "
    "landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr "
    "link linkat listen listxattr llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 "
    "madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod "
    "mknodat mlock mlock2 mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open "
    "mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap "
    "mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep "
    "newfstatat _newselect open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 "
    "pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 "
    "prlimit64 process_mrelease process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace "
    "pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg "
    "recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2 "
    "restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo "
    "rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo "
    "sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min "
    "sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity "
    "sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl semget "
    "semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid "
    "setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid "
    "setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
    "setreuid32 setrlimit set_robust_list setsid setsockopt set_thread_area set_tid_address setuid "
    "setuid32 setxattr shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 "
    "sigprocmask sigreturn socketcall socketpair splice stat stat64 statfs statfs64 statx symlink "
    "symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete "
    "timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create "
    "timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate "
    "truncate64 ugetrlimit umask uname unlink unlinkat utime utimensat utimensat_time64 utimes "
    "vfork vmsplice wait4 waitid waitpid write writev cachestat";

#if defined(__x86_64__)
constexpr char kOfArchitecture[] = "arch_prctl modify_ldt";
constexpr uint32_t kSubArchitectures[] = {SCMP_ARCH_X86, SCMP_ARCH_X32};
constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr char kOfArchitecture[] =
    "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls";
constexpr uint32_t kSubArchitectures[] = {SCMP_ARCH_ARM};
constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the system call policy lists x86-64 and arm64"
#endif

// Allowed to those who hold the capability.
struct CapabilityRule {
  int capability;
  const char* names;
};
constexpr CapabilityRule kWithCapability[] = {
    {CAP_DAC_READ_SEARCH, "open_by_handle_at"},
    {CAP_SYS_ADMIN,
     "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
     "mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname "
     "sethostname setns syslog umount umount2 unshare"},
    {CAP_SYS_BOOT, "reboot"},
    {CAP_SYS_CHROOT, "chroot"},
    {CAP_SYS_MODULE, "delete_module init_module finit_module"},
    {CAP_SYS_PACCT, "acct"},
    {CAP_SYS_PTRACE, "kcmp pidfd_getfd process_madvise"},
    {CAP_SYS_RAWIO, "iopl ioperm"},
    {CAP_SYS_TIME, "settimeofday stime clock_settime clock_settime64"},
    {CAP_SYS_TTY_CONFIG, "vhangup"},
    {CAP_SYS_NICE, "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
    {CAP_SYSLOG, "syslog"},
    {CAP_BPF, "bpf"},
    {CAP_PERFMON, "perf_event_open"},
};

// personality(2): Linux, 32 bit, UNAME26 and both, and the question.
constexpr uint64_t kPersonalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff};

// clone(2) without any flag that makes a namespace.
constexpr uint64_t kNamespaceFlags = 0x7e020000;

struct ReleaseFilter {
  void operator()(void* context) const { seccomp_release(context); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

Error CallError(const char* call, int rc) { return Error::FromErrno(-rc, call); }

Status Add(void* filter, uint32_t action, const std::string& name,
           const std::vector<scmp_arg_cmp>& arguments = {}) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  // Names that this libseccomp does not know have numbers above those it knows: ENOSYS anyway.
  if (number == __NR_SCMP_ERROR) return Ok();
  const int rc = seccomp_rule_add_array(filter, action, number,
                                        static_cast<unsigned>(arguments.size()), arguments.data());
  // EEXIST, EDOM: no such call on one of the architectures.
  if (rc != 0 && rc != -EEXIST && rc != -EDOM) {
    return CallError(("seccomp_rule_add " + name).c_str(), rc);
  }
  return Ok();
}

Status AllowAll(void* filter, const char* names) {
  for (const std::string& name : Split(names, ' '))
    TRY(Add(filter, SCMP_ACT_ALLOW, name));
  return Ok();
}

Status AddRules(void* filter, uint64_t capabilities) {
  const auto holds = [&](int capability) { return ((capabilities >> capability) & 1) != 0; };
  TRY(AllowAll(filter, kAlways));
  TRY(AllowAll(filter, kOfArchitecture));
  for (const CapabilityRule& rule : kWithCapability) {
    if (holds(rule.capability)) TRY(AllowAll(filter, rule.names));
  }
  TRY(Add(filter, SCMP_ACT_ALLOW, "socket", {SCMP_A0(SCMP_CMP_NE, AF_VSOCK, 0)}));
  for (const uint64_t persona : kPersonalities)
    TRY(Add(filter, SCMP_ACT_ALLOW, "personality", {SCMP_A0(SCMP_CMP_EQ, persona, 0)}));
  if (!holds(CAP_SYS_ADMIN)) {
    TRY(Add(filter, SCMP_ACT_ALLOW, "clone", {SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaceFlags, 0)}));
    // Its flags lie in memory, where no filter can see them: callers fall back to clone.
    TRY(Add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3"));
  }
  return Ok();
}

Result<SeccompProgram> Export(void* filter) {
  const UniqueFd file(memfd_create("filter", MFD_CLOEXEC));
  if (!file.valid()) return Error::FromErrno(errno, "memfd_create");
  if (const int rc = seccomp_export_bpf(filter, file.get()); rc != 0) {
    return CallError("seccomp_export_bpf", rc);
  }
  if (lseek(file.get(), 0, SEEK_SET) != 0) return Error::FromErrno(errno, "lseek");
  const std::string bytes = TRY(ReadAll(file.get()));
  SeccompProgram program(bytes.size() / sizeof(sock_filter));
  memcpy(program.data(), bytes.data(), program.size() * sizeof(sock_filter));
  return program;
}

// The highest number of the native architecture that libseccomp has a name for.
uint32_t LastKnownCall() {
  uint32_t last = 0;
  for (int number = 0; number < 2048; ++number) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (name != nullptr) last = static_cast<uint32_t>(number);
    free(name);
  }
  return last;
}

// Puts "a native call above the last known one: ENOSYS" in front of the program. libseccomp cannot
// say that. Numbers with the x32 bit are left to the program.
SeccompProgram WithUnknownCalls(const SeccompProgram& program) {
  constexpr uint32_t kX32Bit = 0x40000000;
  constexpr auto kArch = static_cast<uint32_t>(offsetof(seccomp_data, arch));
  constexpr auto kNumber = static_cast<uint32_t>(offsetof(seccomp_data, nr));
  SeccompProgram out = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kArch),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kAuditArchitecture, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LastKnownCall(), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
  };
  out.insert(out.end(), program.begin(), program.end());
  return out;
}

}  // namespace

Result<SeccompProgram> BuildSeccompFilter(uint64_t capabilities) {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (filter == nullptr) return Error::FromErrno(ENOMEM, "seccomp_init");
  for (const uint32_t arch : kSubArchitectures) {
    const int rc = seccomp_arch_add(filter.get(), arch);
    if (rc != 0 && rc != -EEXIST) return CallError("seccomp_arch_add", rc);
  }
  // A binary tree instead of a chain of 400 comparisons for every call of the container.
  if (const int rc = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2); rc != 0) {
    return CallError("seccomp_attr_set", rc);
  }
  TRY(AddRules(filter.get(), capabilities));
  return WithUnknownCalls(TRY(Export(filter.get())));
}

}  // namespace cowbell
