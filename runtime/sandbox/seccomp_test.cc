#include "runtime/sandbox/seccomp.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>

#include "gtest/gtest.h"
#include "runtime/sandbox/capabilities.h"
#include "runtime/sandbox/seccomp_policy.h"

namespace cowbell {
namespace {

// Classic BPF as the kernel runs it on a call, for the instructions that filters are made of.
uint32_t Evaluate(const SeccompProgram& program, const seccomp_data& data) {
  uint32_t a = 0;
  uint32_t memory[BPF_MEMWORDS] = {};
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& i = program[pc];
    const auto jump = [&](bool taken) { pc += taken ? i.jt : i.jf; };
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        memcpy(&a, reinterpret_cast<const char*>(&data) + i.k, sizeof(a));
        break;
      case BPF_LD | BPF_MEM:
        a = memory[i.k];
        break;
      case BPF_ST:
        memory[i.k] = a;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= i.k;
        break;
      case BPF_JMP | BPF_JA:
        pc += i.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(a == i.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(a > i.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(a >= i.k);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        jump((a & i.k) != 0);
        break;
      case BPF_RET | BPF_K:
        return i.k;
      default:
        ADD_FAILURE() << "instruction " << i.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return 0;
}

constexpr uint32_t Errno(int value) { return SECCOMP_RET_ERRNO | static_cast<uint32_t>(value); }

seccomp_data Call(long number, std::initializer_list<uint64_t> arguments = {}) {
  seccomp_data data = {};
  data.nr = static_cast<int>(number);
#if defined(__x86_64__)
  data.arch = AUDIT_ARCH_X86_64;
#else
  data.arch = AUDIT_ARCH_AARCH64;
#endif
  size_t i = 0;
  for (const uint64_t argument : arguments)
    data.args[i++] = argument;
  return data;
}

SeccompProgram Default() { return SeccompFilterFor(kDefaultCapabilities).value(); }

TEST(Seccomp, TheGeneratedFilterIsThePolicys) {
  const SeccompProgram generated = Default();
  const SeccompProgram built = BuildSeccompFilter(kDefaultCapabilities).value();
  ASSERT_EQ(generated.size(), built.size());
  EXPECT_EQ(memcmp(generated.data(), built.data(), built.size() * sizeof(sock_filter)), 0);
  EXPECT_LT(generated.size(), size_t{BPF_MAXINSNS});
}

TEST(Seccomp, DefaultTable) {
  const SeccompProgram filter = Default();
  const struct {
    const char* name;
    seccomp_data call;
    uint32_t verdict;
  } kTable[] = {
    {"read", Call(SYS_read), SECCOMP_RET_ALLOW},
    {"execve", Call(SYS_execve), SECCOMP_RET_ALLOW},
    {"openat2", Call(SYS_openat2), SECCOMP_RET_ALLOW},
    {"mknodat", Call(SYS_mknodat), SECCOMP_RET_ALLOW},
    {"chroot", Call(SYS_chroot), SECCOMP_RET_ALLOW},
    {"ptrace", Call(SYS_ptrace), SECCOMP_RET_ALLOW},
    {"mount", Call(SYS_mount), Errno(EPERM)},
    {"umount2", Call(SYS_umount2), Errno(EPERM)},
    {"fsopen", Call(SYS_fsopen), Errno(EPERM)},
    {"open_tree", Call(SYS_open_tree), Errno(EPERM)},
    {"move_mount", Call(SYS_move_mount), Errno(EPERM)},
    {"pivot_root", Call(SYS_pivot_root), Errno(EPERM)},
    {"setns", Call(SYS_setns), Errno(EPERM)},
    {"unshare", Call(SYS_unshare, {CLONE_NEWUSER}), Errno(EPERM)},
    {"add_key", Call(SYS_add_key), Errno(EPERM)},
    {"keyctl", Call(SYS_keyctl), Errno(EPERM)},
    {"request_key", Call(SYS_request_key), Errno(EPERM)},
    {"bpf", Call(SYS_bpf), Errno(EPERM)},
    {"perf_event_open", Call(SYS_perf_event_open), Errno(EPERM)},
    {"userfaultfd", Call(SYS_userfaultfd), Errno(EPERM)},
    {"kexec_load", Call(SYS_kexec_load), Errno(EPERM)},
    {"init_module", Call(SYS_init_module), Errno(EPERM)},
    {"reboot", Call(SYS_reboot), Errno(EPERM)},
    {"swapon", Call(SYS_swapon), Errno(EPERM)},
    {"acct", Call(SYS_acct), Errno(EPERM)},
    {"settimeofday", Call(SYS_settimeofday), Errno(EPERM)},
    {"clock_settime", Call(SYS_clock_settime), Errno(EPERM)},
    {"open_by_handle_at", Call(SYS_open_by_handle_at), Errno(EPERM)},
    {"quotactl", Call(SYS_quotactl), Errno(EPERM)},
    {"io_uring_setup", Call(SYS_io_uring_setup), Errno(EPERM)},
    {"clone of a process", Call(SYS_clone, {SIGCHLD}), SECCOMP_RET_ALLOW},
    {"clone of a user namespace", Call(SYS_clone, {CLONE_NEWUSER | SIGCHLD}), Errno(EPERM)},
    {"clone3", Call(SYS_clone3), Errno(ENOSYS)},
    {"socket of the internet", Call(SYS_socket, {AF_INET}), SECCOMP_RET_ALLOW},
    {"socket of the host", Call(SYS_socket, {AF_VSOCK}), Errno(EPERM)},
    {"personality, the question", Call(SYS_personality, {0xffffffff}), SECCOMP_RET_ALLOW},
    {"personality, no random addresses", Call(SYS_personality, {0x0040000}), Errno(EPERM)},
    {"a call of the future", Call(9999), Errno(ENOSYS)},
#if defined(__x86_64__)
    {"iopl", Call(SYS_iopl), Errno(EPERM)},
    {"ioperm", Call(SYS_ioperm), Errno(EPERM)},
#endif
  };
  for (const auto& row : kTable)
    EXPECT_EQ(Evaluate(filter, row.call), row.verdict) << row.name;
}

TEST(Seccomp, CapabilitiesOpenWhatTheyAreFor) {
  const uint64_t admin = kDefaultCapabilities | uint64_t{1} << CapabilityNumber("CAP_SYS_ADMIN");
  const SeccompProgram filter = SeccompFilterFor(admin).value();
  EXPECT_EQ(Evaluate(filter, Call(SYS_mount)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(Evaluate(filter, Call(SYS_clone3)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(Evaluate(filter, Call(SYS_reboot)), Errno(EPERM));
  const SeccompProgram none = SeccompFilterFor(0).value();
  EXPECT_EQ(Evaluate(none, Call(SYS_chroot)), Errno(EPERM));
  EXPECT_EQ(Evaluate(none, Call(SYS_read)), SECCOMP_RET_ALLOW);
}

#if defined(__x86_64__)
TEST(Seccomp, TheOtherArchitecturesOfTheMachineAreFilteredToo) {
  const SeccompProgram filter = Default();
  seccomp_data call = {};
  call.arch = AUDIT_ARCH_I386;
  call.nr = 3;  // read
  EXPECT_EQ(Evaluate(filter, call), SECCOMP_RET_ALLOW);
  call.nr = 21;  // mount
  EXPECT_EQ(Evaluate(filter, call), Errno(EPERM));
  call.arch = AUDIT_ARCH_S390X;
  EXPECT_EQ(Evaluate(filter, call) & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_KILL_THREAD);
}
#endif

}  // namespace
}  // namespace cowbell
