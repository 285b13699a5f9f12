#include "runtime/sandbox/devices.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/unique_fd.h"

namespace cowbell {
namespace {

constexpr int kAny = -1;
constexpr uint32_t kMknod = BPF_DEVCG_ACC_MKNOD;
constexpr uint32_t kAll = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

struct DeviceRule {
  uint32_t type;
  int major;
  int minor;
  uint32_t access;
  const char* v1;  // the same for devices.allow
};

constexpr DeviceRule kRules[] = {
    {BPF_DEVCG_DEV_CHAR, 1, 3, kAll, "c 1:3 rwm"},         // null
    {BPF_DEVCG_DEV_CHAR, 1, 5, kAll, "c 1:5 rwm"},         // zero
    {BPF_DEVCG_DEV_CHAR, 1, 7, kAll, "c 1:7 rwm"},         // full
    {BPF_DEVCG_DEV_CHAR, 1, 8, kAll, "c 1:8 rwm"},         // random
    {BPF_DEVCG_DEV_CHAR, 1, 9, kAll, "c 1:9 rwm"},         // urandom
    {BPF_DEVCG_DEV_CHAR, 5, 0, kAll, "c 5:0 rwm"},         // tty
    {BPF_DEVCG_DEV_CHAR, 5, 1, kAll, "c 5:1 rwm"},         // console
    {BPF_DEVCG_DEV_CHAR, 5, 2, kAll, "c 5:2 rwm"},         // ptmx
    {BPF_DEVCG_DEV_CHAR, 136, kAny, kAll, "c 136:* rwm"},  // pts
    {BPF_DEVCG_DEV_CHAR, 10, 200, kAll, "c 10:200 rwm"},   // net/tun
    {BPF_DEVCG_DEV_CHAR, kAny, kAny, kMknod, "c *:* m"},
    {BPF_DEVCG_DEV_BLOCK, kAny, kAny, kMknod, "b *:* m"},
};

bpf_insn Instruction(int code, int dst, int src, int offset, int32_t immediate) {
  bpf_insn insn = {};
  insn.code = static_cast<__u8>(code);
  insn.dst_reg = static_cast<__u8>(dst & 15);
  insn.src_reg = static_cast<__u8>(src & 15);
  insn.off = static_cast<__s16>(offset);
  insn.imm = immediate;
  return insn;
}

// Registers: r2 type, r3 access, r4 major, r5 minor (struct bpf_cgroup_dev_ctx).
std::vector<bpf_insn> Program() {
  constexpr int kLoad = BPF_LDX | BPF_MEM | BPF_W;
  std::vector<bpf_insn> code = {
      Instruction(kLoad, 2, 1, offsetof(bpf_cgroup_dev_ctx, access_type), 0),
      Instruction(kLoad, 4, 1, offsetof(bpf_cgroup_dev_ctx, major), 0),
      Instruction(kLoad, 5, 1, offsetof(bpf_cgroup_dev_ctx, minor), 0),
      Instruction(BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0),
      Instruction(BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16),
      Instruction(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff),
  };
  for (const DeviceRule& rule : kRules) {
    std::vector<bpf_insn> test;
    test.push_back(Instruction(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0, static_cast<int>(rule.type)));
    if (rule.access != kAll) {
      test.push_back(Instruction(BPF_ALU | BPF_MOV | BPF_X, 1, 3, 0, 0));
      test.push_back(
          Instruction(BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, static_cast<int>(~rule.access)));
      test.push_back(Instruction(BPF_JMP | BPF_JNE | BPF_K, 1, 0, 0, 0));
    }
    if (rule.major != kAny) {
      test.push_back(Instruction(BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, rule.major));
    }
    if (rule.minor != kAny) {
      test.push_back(Instruction(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, rule.minor));
    }
    test.push_back(Instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1));
    test.push_back(Instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
    // What does not match goes on after this rule.
    for (size_t i = 0; i < test.size(); ++i) {
      if (test[i].code == (BPF_JMP | BPF_JNE | BPF_K)) {
        test[i].off = static_cast<__s16>(test.size() - i - 1);
      }
    }
    code.insert(code.end(), test.begin(), test.end());
  }
  code.push_back(Instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0));
  code.push_back(Instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return code;
}

Status AttachProgram(int cgroup_fd) {
  static const std::vector<bpf_insn> kCode = Program();
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insn_cnt = static_cast<__u32>(kCode.size());
  load.insns = reinterpret_cast<uintptr_t>(kCode.data());
  load.license = reinterpret_cast<uintptr_t>("Apache-2.0");
  const UniqueFd program(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load))));
  if (!program.valid()) return Error::FromErrno(errno, "load the device filter (bpf)");
  bpf_attr attach = {};
  attach.target_fd = static_cast<__u32>(cgroup_fd);
  attach.attach_bpf_fd = static_cast<__u32>(program.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) != 0) {
    return Error::FromErrno(errno, "attach the device filter (bpf)");
  }
  return Ok();
}

Status WriteRulesV1(const std::string& path) {
  TRY(WriteFile(path + "/devices.deny", "a").Within("filter devices"));
  for (const DeviceRule& rule : kRules)
    TRY(WriteFile(path + "/devices.allow", rule.v1).Within("filter devices"));
  return Ok();
}

}  // namespace

Status RestrictDevices(const CgroupLeaf& leaf) {
  return leaf.kind == CgroupKind::kUnified ? AttachProgram(leaf.dir.get())
                                           : WriteRulesV1(leaf.path);
}

}  // namespace cowbell
